import ts from "typescript";

/** A module that a file names. */
export interface Import {
  readonly specifier: string;
  /** True for `import()`, which runs only when it is reached. */
  readonly onDemand: boolean;
  /** True where only types are taken, of which nothing is left at run time. */
  readonly typesOnly: boolean;
}

/** Every module that a file names by a literal: imported, only for types, re-exported, or by `import()`. */
export function importsOf(file: string, text: string): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, { onDemand = false, typesOnly = false } = {}): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, onDemand, typesOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, { typesOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword });
    }
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, { typesOnly: true });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], { onDemand: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}
