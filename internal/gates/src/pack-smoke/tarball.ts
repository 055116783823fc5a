import { globSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { runCommand } from "../run/command.ts";
import type { Manifest, WorkspacePackage } from "../workspace/manifest.ts";

/** A package as it would be published. */
export interface Tarball {
  readonly source: WorkspacePackage;
  /** Absolute path of the `.tgz`. */
  readonly file: string;
  /** Its `package.json`, after pnpm replaced what only a workspace understands. */
  readonly manifest: Manifest;
  /** What should not be in it, or is missing. */
  readonly problems: readonly string[];
}

/** Packs a built package into a folder of its own below `folder`. */
export async function packTarball(source: WorkspacePackage, folder: string): Promise<Tarball> {
  const target = join(folder, source.folder);
  await mkdir(target, { recursive: true });
  await succeed(["pnpm", "pack", "--pack-destination", target], join(ROOT, source.path));
  const [name] = globSync("*.tgz", { cwd: target });
  if (name === undefined) throw new Error(`pnpm pack left no tarball for ${source.path}`);
  await succeed(["tar", "-xzf", name], target);

  const unpacked = join(target, "package");
  // pnpm wrote it a moment ago.
  const manifest = JSON.parse(await readFile(join(unpacked, "package.json"), "utf8")) as Manifest;
  const files = globSync("**/*", { cwd: unpacked });
  return { source, file: join(target, name), manifest, problems: await contentProblems(unpacked, files, manifest) };
}

const NEVER =
  /\.test\.|\.test-d\.|__fixtures__|tsbuildinfo|(?:^|\/)\.|node_modules|tsup\.config|vitest\.config|__pycache__|(?:^|\/)test_/;

async function contentProblems(folder: string, files: readonly string[], manifest: Manifest): Promise<string[]> {
  const problems = files.filter((file) => NEVER.test(file)).map((file) => `${file} should not be published`);
  for (const file of ["README.md", "LICENSE", ...exportedFiles(manifest.exports)]) {
    if (!files.includes(file)) problems.push(`${file} is missing`);
  }
  if (JSON.stringify(manifest).includes("workspace:")) problems.push(`package.json names a "workspace:" version`);
  for (const file of files.filter((name) => /\.(?:js|ts|map|json|md|py)$/.test(name))) {
    const text = await readFile(join(folder, file), "utf8");
    if (text.includes(ROOT)) problems.push(`${file} holds the path of the machine that built it`);
  }
  return problems;
}

/** Paths (without `./`) that an `exports` map leads to, under every condition. */
function exportedFiles(exports: unknown): readonly string[] {
  if (typeof exports === "string") return [exports.replace(/^\.\//, "")];
  if (typeof exports !== "object" || exports === null) return [];
  return Object.values(exports).flatMap((value) => exportedFiles(value));
}

/** Runs a command that may not fail. */
export async function succeed(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { exitCode, output } = await runCommand(command, { cwd, env });
  if (exitCode !== 0) throw new Error(`$ ${command.join(" ")}\n${output.trimEnd()}\n(exit code ${exitCode})`);
  return output;
}
