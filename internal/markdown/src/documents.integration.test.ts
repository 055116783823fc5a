import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { enginePython } from "@rhapsody-internal/engines";
import { describe, expect, it } from "vitest";
import { documentsIn } from "./documents.ts";
import { ROOT } from "./root.ts";
import { typeCheck } from "./type-check.ts";

// Below this package, so that the programs find the workspace packages that it depends on.
const folder = fileURLToPath(new URL("../.programs", import.meta.url));
rmSync(folder, { recursive: true, force: true });

const documents = documentsIn(ROOT).map(({ path, programs }) => ({
  path,
  programs: programs.map((program, index) => ({
    ...program,
    file: join(folder, path, program.fileName ?? `program-${index + 1}.ts`),
  })),
}));
const programs = documents.flatMap((document) => document.programs);
for (const { file, code } of programs) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
}
const typeErrors = typeCheck(
  ROOT,
  programs.map(({ file }) => file).filter((file) => file.endsWith(".ts")),
);
// What a reader has, who installed the engines.
const env = { ...process.env, RHAPSODY_PYTHON: await enginePython("dask") };

describe.each(documents)("$path", ({ programs: own }) => {
  it.each(own.filter(({ file }) => file.endsWith(".ts")))("$title is well typed", ({ file }) => {
    expect(typeErrors.get(file) ?? []).toEqual([]);
  });

  for (const { title, file, output } of own.filter(({ runs }) => runs)) {
    it(`${title} runs`, async ({ signal }) => {
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: dirname(file), env, signal });

      expect(stdout.trim()).toBe((output ?? stdout).trim());
    });
  }
});
