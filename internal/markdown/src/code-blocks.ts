/** A fenced block of a Markdown text. */
export interface CodeBlock {
  /** The first word after the fence, e.g. `ts`. */
  readonly language: string;
  /** The words after it. Renderers do not show them. */
  readonly marks: readonly string[];
  readonly code: string;
  /** Line of the first line of code, counted from 1. */
  readonly line: number;
}

/** Finds the fenced blocks of a Markdown text, in order. A fence may be indented, as in a list. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(lines[index] ?? "");
    if (!fence) continue;
    const [, indent = "", ticks = "", info = ""] = fence;
    const end = lines.findIndex((line, at) => at > index && line.trim() === ticks);
    if (end === -1) throw new Error(`The code block in line ${index + 1} is never closed.`);
    const [language = "", ...marks] = info.trim().split(/\s+/);
    const code = lines.slice(index + 1, end).map((line) => line.slice(Math.min(indent.length, line.search(/\S|$/))));
    blocks.push({ language, marks, code: `${code.join("\n")}\n`, line: index + 2 });
    index = end;
  }
  return blocks;
}
