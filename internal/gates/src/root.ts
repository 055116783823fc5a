import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository, without a trailing slash. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Where reports of a run go; not under version control. */
export const RESULTS: string = join(ROOT, ".results");
