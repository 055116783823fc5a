import { codeBlocks } from "./code-blocks.ts";

const INLINE_CODE = /`([^`\n]+)`/g;
// What reads as a path of this repository: one of its top folders, then anything without placeholders or globs.
const REPOSITORY_PATH = /^(?:packages|internal|examples|docs|bench|\.ci|\.changeset)\/[\w./-]*$/;
// Written by a command, so absent from a fresh clone.
const GENERATED = /^(?:docs\/api|examples\/[\w-]+\/runs)(?:\/|$)/;

/** The paths below the repository that a Markdown text mentions as inline code. */
export function namedPaths(markdown: string): readonly string[] {
  const prose = codeBlocks(markdown).reduce((text, block) => text.replace(block.code, ""), markdown);
  return [...prose.matchAll(INLINE_CODE)]
    .map(([, code = ""]) => code)
    .filter((code) => REPOSITORY_PATH.test(code) && !GENERATED.test(code));
}
