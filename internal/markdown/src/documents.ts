import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DocumentedProgram, programsIn } from "./programs.ts";
import { programsInSource } from "./source-examples.ts";

const TEXTS = ["README.md", "CONTRIBUTING.md", "{packages,examples}/*/README.md", "bench/README.md", "docs/**/*.md"];
// Decisions are records of their day, and the reference is generated.
const OTHERS = ["docs/decisions/**", "docs/api/**", "**/node_modules/**"];

/** A text with code in it. */
export interface Document {
  /** Path below the repository. */
  readonly path: string;
  readonly programs: readonly DocumentedProgram[];
}

/** Every document of the repository that holds programs: its Markdown texts and the doc comments of its packages. */
export function documentsIn(root: string): readonly Document[] {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const texts = globSync(TEXTS, { cwd: root, exclude: OTHERS }).map((path) => ({
    path,
    programs: programsIn(path, read(path)),
  }));
  const sources = globSync("packages/*/src/**/*.ts", { cwd: root, exclude: ["**/*.test.ts", "**/*.test-d.ts"] }).map(
    (path) => ({ path, programs: programsInSource(path, read(path)) }),
  );
  return [...texts, ...sources].filter(({ programs }) => programs.length > 0);
}
