import { builtinModules } from "node:module";
import type { Manifest } from "../workspace/manifest.ts";
import { type Arrows, TEST_IMPORTS } from "./arrows.ts";
import { type Import, importsOf } from "./imports-of.ts";

const SCOPE = "@rhapsody/";
const INTERNAL = "@rhapsody-internal/";
const isTest = /\.test(?:-d)?\.ts$|(?:^|\/)__fixtures__\//;

/** One package, read from disk. */
export interface PackageSource {
  /** Folder below `packages/`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Path from the package's folder to text, for every file below `src`. */
  readonly files: ReadonlyMap<string, string>;
}

/** Lists every arrow of a package that points where it may not; each problem names the file and the way out. */
export function checkPackage(source: PackageSource, arrows: Arrows | undefined): readonly string[] {
  if (arrows === undefined) return [`packages/${source.folder}: unknown package; add its arrows to arrows.ts`];
  const problems = manifestProblems(source, arrows);
  for (const [file, text] of source.files) {
    const where = `packages/${source.folder}/${file}`;
    const banned = arrows.bannedText && lineOf(text, arrows.bannedText);
    if (banned) problems.push(`${where}:${banned.line}: "${banned.match}" may not be named here`);
    for (const imported of importsOf(file, text)) {
      const problem = importProblem({ folder: source.folder, testing: isTest.test(file) }, arrows, imported);
      if (problem !== undefined) problems.push(`${where}: ${problem}`);
    }
  }
  return problems;
}

interface Importer {
  readonly folder: string;
  readonly testing: boolean;
}

function importProblem(importer: Importer, arrows: Arrows, imported: Import): string | undefined {
  const { folder, testing } = importer;
  const { specifier, onDemand, typesOnly } = imported;
  if (specifier.startsWith(".")) return undefined;
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return undefined;
  const name = packageOf(specifier);
  if (name.startsWith(INTERNAL)) return testing ? undefined : `imports "${name}", which only tests may use`;
  if (!name.startsWith(SCOPE)) {
    if (testing || arrows.libraries === undefined || arrows.libraries.includes(name)) return undefined;
    return `imports "${name}"; ${SCOPE}${folder} may import only ${arrows.libraries.join(", ")} and Node built-ins`;
  }

  const target = name.slice(SCOPE.length);
  if (target === folder || arrows.imports.includes(target)) return undefined;
  if (onDemand && arrows.loadsOnDemand?.includes(target)) return undefined;
  if (typesOnly && arrows.takesTypesOf?.includes(target)) return undefined;
  if (testing && arrows.imports.length > 0 && TEST_IMPORTS.includes(target)) return undefined;
  const allowed = arrows.imports.length === 0 ? "no package of this repository" : arrows.imports.join(", ");
  return `${onDemand ? "loads" : "imports"} "${name}"; ${SCOPE}${folder} may import ${allowed}`;
}

function manifestProblems(source: PackageSource, arrows: Arrows): string[] {
  const problems: string[] = [];
  const { dependencies, peerDependencies, optionalDependencies } = source.manifest;
  for (const name of Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
    const target = name.startsWith(SCOPE) ? name.slice(SCOPE.length) : undefined;
    const allowed =
      target === undefined
        ? !name.startsWith(INTERNAL) && (arrows.libraries?.includes(name) ?? true)
        : arrows.imports.includes(target) || (arrows.loadsOnDemand?.includes(target) && !dependencies?.[name]);
    if (!allowed) problems.push(`packages/${source.folder}/package.json: may not depend on "${name}"`);
  }
  return problems;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

function lineOf(text: string, pattern: RegExp): { line: number; match: string } | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  return { line: text.slice(0, match.index).split("\n").length, match: match[0] };
}
