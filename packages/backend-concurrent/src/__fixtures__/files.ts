import { existsSync, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";

/** Resolves to the text of a file once it exists. */
export async function untilFile(path: string): Promise<string> {
  const changed = new AbortController();
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (existsSync(path)) resolve();
    };
    watch(dirname(path), { signal: changed.signal, persistent: true }, look).on("error", reject);
    look();
  });
  changed.abort();
  return readFileSync(path, "utf8");
}
