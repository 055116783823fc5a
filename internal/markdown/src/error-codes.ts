import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const CODE = /^[A-Z]+(?:_[A-Z]+)+$/;

/**
 * Every error code that the packages declare, with the file that does: the members of unions whose name ends in `Code`, and the types of
 * properties called `code`.
 */
export function declaredCodes(root: string): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  for (const path of globSync("packages/*/src/**/*.ts", {
    cwd: root,
    exclude: ["**/*.test.ts", "**/__fixtures__/**"],
  })) {
    const file = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      const type = typeOfCodes(node);
      for (const code of type === undefined ? [] : literalsIn(type)) codes.set(code, path);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return codes;
}

/** The codes in the first columns of a text's tables. */
export function documentedCodes(markdown: string): ReadonlySet<string> {
  const cells = [...markdown.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = ""]) => code);
  return new Set(cells);
}

function typeOfCodes(node: ts.Node): ts.TypeNode | undefined {
  if (ts.isTypeAliasDeclaration(node) && node.name.text.endsWith("Code")) return node.type;
  const isCode = ts.isPropertyDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === "code";
  return isCode ? node.type : undefined;
}

function literalsIn(type: ts.TypeNode): readonly string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(literalsIn);
  if (!ts.isLiteralTypeNode(type) || !ts.isStringLiteral(type.literal)) return [];
  return CODE.test(type.literal.text) ? [type.literal.text] : [];
}
