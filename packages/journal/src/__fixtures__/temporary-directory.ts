import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory for one test, which goes with it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "rhapsody-journal-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The path of a journal in a directory of its own. */
export function temporaryPath(): string {
  return join(temporaryDirectory(), "run.db");
}
