import { codeBlocks } from "./code-blocks.ts";

const LINK = /\]\(([^)\s]+)\)/g;
const INLINE_CODE = /`([^`\n]+)`/g;
// What reads as a path of this repository: one of its top folders, then anything without placeholders or globs.
const REPOSITORY_PATH = /^(?:packages|internal|examples|docs|bench|\.ci|\.changeset)\/[\w./-]*$/;
// Written by a command, so absent from a fresh clone.
const GENERATED = /^docs\/api(?:\/|$)/;

/** The paths that a Markdown text leads its reader to. */
export interface NamedPaths {
  /** Targets of relative links, without their fragments; relative to the text. */
  readonly links: readonly string[];
  /** Inline code that reads as a path; relative to the repository. */
  readonly mentions: readonly string[];
}

/** Collects the paths that a Markdown text names, outside of its code blocks. */
export function namedPaths(markdown: string): NamedPaths {
  const prose = codeBlocks(markdown).reduce((text, block) => text.replace(block.code, ""), markdown);
  const links = [...prose.matchAll(LINK)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
  const mentions = [...prose.matchAll(INLINE_CODE)]
    .map(([, code = ""]) => code)
    .filter((code) => REPOSITORY_PATH.test(code) && !GENERATED.test(code));
  return { links, mentions };
}
