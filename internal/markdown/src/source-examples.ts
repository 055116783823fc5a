import ts from "typescript";
import { type DocumentedProgram, programsIn } from "./programs.ts";

/** The programs in the doc comments of a source file, e.g. under `@example`. */
export function programsInSource(document: string, text: string): readonly DocumentedProgram[] {
  const file = ts.createSourceFile(document, text, ts.ScriptTarget.Latest, true);
  const comments = new Map<number, string>();
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(text, node.pos) ?? []) {
      if (text.startsWith("/**", pos)) comments.set(pos, text.slice(pos, end));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...comments].flatMap(([pos, comment]) => {
    const line = file.getLineAndCharacterOfPosition(pos).line;
    const markdown = comment.replaceAll(/^[ \t]*\*\/?[ ]?/gm, "");
    return programsIn(document, markdown).map((program) => ({
      ...program,
      title: program.title.replace(/\d+$/, (own) => String(Number(own) + line)),
    }));
  });
}
