import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { filesDirectory, isOutputFile } from "./output-files.ts";

/** Which files belong to a journal. */
export interface OrphanSearch {
  readonly path: string;
  readonly referenced: ReadonlySet<string>;
  /** The damaged journal to which files may belong that this one no longer refers to. */
  readonly damaged?: string | undefined;
}

/** Clears output files away that no result refers to: those of commits that never came, and, beside a damaged journal, those that it lost. */
export function clearOrphans({ path, referenced, damaged }: OrphanSearch): void {
  const directory = filesDirectory(path);
  if (!existsSync(directory)) return;
  const orphans = readdirSync(directory).filter((name) => isOutputFile(name) && !referenced.has(name));
  if (orphans.length === 0) return;
  const aside = damaged === undefined ? undefined : filesDirectory(damaged);
  if (aside !== undefined) mkdirSync(aside, { recursive: true });
  for (const name of orphans) {
    if (aside === undefined) rmSync(join(directory, name), { force: true });
    else renameSync(join(directory, name), join(aside, name));
  }
}
