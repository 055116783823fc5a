import type { Settings } from "./settings.ts";

/** The reason why a test is left out, when there is one: that of its id, or of a group that it belongs to. */
export function exceptionFor(id: string, except: Settings["except"]): string | undefined {
  return groupsOf(id)
    .map((group) => except.get(group))
    .find((reason) => reason !== undefined);
}

/** @throws TypeError when an exception names no test: a mistyped one would silently do nothing. */
export function checkExceptions(except: Settings["except"], ids: readonly string[]): void {
  const known = new Set(ids.flatMap(groupsOf));
  const unknown = [...except.keys()].filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new TypeError(
    `describeBackend: no test of this backend is called ${unknown.join(", ")}; there are: ${ids.join(", ")}`,
  );
}

/** `a/b/c` belongs to `a`, `a/b` and `a/b/c`. */
function groupsOf(id: string): readonly string[] {
  const parts = id.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
