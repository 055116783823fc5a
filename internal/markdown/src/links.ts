import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Links of a Markdown text that lead to no file of the repository, or to no heading of it. Those to the web are not looked at. */
export function brokenLinks(root: string, path: string): readonly string[] {
  const text = withoutCode(readFileSync(join(root, path), "utf8"));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(root, path, link));
}

function leadsSomewhere(root: string, from: string, link: string): boolean {
  const [file = "", heading] = link.split("#");
  const target = file === "" ? join(root, from) : join(root, dirname(from), file);
  if (!existsSync(target)) return false;
  return heading === undefined || headingsOf(readFileSync(target, "utf8")).includes(heading);
}

/** The names by which a text's headings are linked to, as code hosts make them. */
function headingsOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/^#+ +(.+)$/gm)].map(([, title = ""]) =>
    title
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Code may look like a link, or like a heading. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^( *)(```+|~~~+)[^]*?^\1\2 *$/gm, "").replaceAll(/`[^`\n]+`/g, "");
}
