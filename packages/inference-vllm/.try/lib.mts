import { readFileSync } from "node:fs";
export const url: string = JSON.parse(readFileSync("/tmp/r6/server.json","utf8")).url;
export async function tell(what: string, f: () => unknown) {
  const t = performance.now();
  try { const v = await f(); console.log(`## ${what} (${(performance.now()-t).toFixed(0)} ms):`, typeof v === "string" ? v : JSON.stringify(v)); }
  catch (e) { console.log(`## ${what} (${(performance.now()-t).toFixed(0)} ms) THREW`, show(e)); }
}
export function show(e: any, depth = 0): string {
  if (!(e instanceof Error)) return String(e);
  const a: any = e;
  return `${e.name}[${a.code}${a.status?" "+a.status:""}] ${e.message}` + (e.cause !== undefined && depth < 3 ? `\n   ${"  ".repeat(depth)}cause: ${show(e.cause, depth + 1)}` : "");
}
