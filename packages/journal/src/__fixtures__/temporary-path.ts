import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";

/** The path of a journal in a directory of its own. */
export function temporaryPath(): string {
  return join(temporaryDirectory(), "run.db");
}
