import { dirname, join } from "node:path";
import ts from "typescript";

/**
 * Type-checks files with the settings of this repository, reading workspace packages from their sources.
 *
 * @returns For each file with errors, its messages, each with the line in that file.
 */
export function typeCheck(root: string, files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const base = join(root, "tsconfig.base.json");
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(base, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    dirname(base),
  );
  const program = ts.createProgram(files, {
    ...options,
    // These files are read, not built.
    composite: false,
    declaration: false,
    declarationMap: false,
    emitDeclarationOnly: false,
    isolatedDeclarations: false,
    noEmit: true,
    rootDir: root,
  });
  const errors = new Map<string, string[]>();
  for (const path of files) {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    if (found.length === 0) continue;
    errors.set(
      path,
      found.map((diagnostic) => {
        const line = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
        return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`;
      }),
    );
  }
  return errors;
}
