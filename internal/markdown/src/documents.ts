import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DocumentedProgram, programsIn } from "./programs.ts";
import { programsInSource } from "./source-examples.ts";

const TEXTS = ["README.md", "CONTRIBUTING.md", "{packages,examples}/*/README.md", "bench/README.md", "docs/**/*.md"];

/** Every Markdown text of the repository that people write, as paths below it. */
export function markdownFiles(root: string): readonly string[] {
  return globSync(TEXTS, { cwd: root, exclude: ["docs/api/**", "**/node_modules/**"] }).toSorted();
}

/** A text with code in it. */
export interface Document {
  /** Path below the repository. */
  readonly path: string;
  readonly programs: readonly DocumentedProgram[];
}

/** Every document of the repository that holds programs: its Markdown texts and the doc comments of its packages. */
export function documentsIn(root: string): readonly Document[] {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  // Decisions are records of their day; their code need not work in this one.
  const texts = markdownFiles(root)
    .filter((path) => !path.startsWith("docs/decisions/"))
    .map((path) => ({ path, programs: programsIn(path, read(path)) }));
  const sources = globSync("packages/*/src/**/*.ts", { cwd: root, exclude: ["**/*.test.ts", "**/*.test-d.ts"] }).map(
    (path) => ({ path, programs: programsInSource(path, read(path)) }),
  );
  return [...texts, ...sources].filter(({ programs }) => programs.length > 0);
}
