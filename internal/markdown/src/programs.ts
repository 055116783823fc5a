import { type CodeBlock, codeBlocks } from "./code-blocks.ts";

/** A program in a document: one `ts` block, or several of which the later ones are marked `continues`; or a file beside. */
export interface DocumentedProgram {
  /** Name of the document and line of the first block, e.g. `README.md:31`. */
  readonly title: string;
  readonly code: string;
  /** Name to save it under, next to the document's other programs, from the mark `file=sum.ts` or `file=model.py`. */
  readonly fileName: string | undefined;
  /** False for blocks marked `no-run`: those are only type-checked. Blocks with a file name run when imported. */
  readonly runs: boolean;
  /** What the program prints, from a block `text output` right after it. */
  readonly output: string | undefined;
}

const KNOWN_MARKS = /^(?:no-run|continues|readme-example|file=[\w.-]+\.(?:ts|py))$/;
const DISGUISED = ["typescript", "tsx", "js", "javascript", "mts"];

/**
 * The programs of a document. Every `ts` block is part of one, and every `python` block that is a file for them.
 *
 * @throws Error for a mark or language that would let a block escape its test.
 */
export function programsIn(document: string, markdown: string): readonly DocumentedProgram[] {
  const programs: DocumentedProgram[] = [];
  for (const block of codeBlocks(markdown)) {
    const title = `${document}:${block.line}`;
    if (DISGUISED.includes(block.language)) throw new Error(`${title}: write "ts" instead of "${block.language}"`);
    const last = programs.at(-1);
    if (block.language === "text" && block.marks.includes("output")) {
      if (!last) throw new Error(`${title}: an output needs a program before it`);
      programs.splice(-1, 1, { ...last, output: block.code });
    }
    const isFile = block.marks.some((mark) => mark.startsWith("file="));
    if (block.language !== "ts" && !(block.language === "python" && isFile)) continue;
    const unknown = block.marks.find((mark) => !KNOWN_MARKS.test(mark));
    if (unknown !== undefined) throw new Error(`${title}: unknown mark "${unknown}"`);
    if (block.marks.includes("continues")) {
      if (!last) throw new Error(`${title}: nothing to continue`);
      programs.splice(-1, 1, { ...last, code: last.code + block.code });
    } else {
      programs.push(toProgram(title, block));
    }
  }
  return programs;
}

function toProgram(title: string, block: CodeBlock): DocumentedProgram {
  const fileName = block.marks.find((mark) => mark.startsWith("file="))?.slice("file=".length);
  return {
    title,
    code: block.code,
    fileName,
    runs: !block.marks.includes("no-run") && fileName === undefined,
    output: undefined,
  };
}
