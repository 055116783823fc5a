import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findProgram } from "./find-program.ts";

it("finds what the program's name stands for, as the system does", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rhapsody-programs-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const place of ["plain", "taken", "good"]) await mkdir(join(directory, place));
  await mkdir(join(directory, "taken", "tool"));
  await writeFile(join(directory, "plain", "tool"), "");
  await writeFile(join(directory, "good", "tool"), "");
  await chmod(join(directory, "good", "tool"), 0o755);
  const good = join(directory, "good", "tool");
  const path = ["nowhere", "plain", "taken", join(directory, "good")].join(":");

  expect(await findProgram("tool", { directory, path })).toBe(good);
  expect(await findProgram("tool", { directory: join(directory, "good"), path: "nowhere:" })).toBe(good);
  expect(await findProgram("./good/tool", { directory, path: undefined })).toBe(good);
  expect(await findProgram("sh", { directory, path: undefined })).toMatch(/\/bin\/sh$/);
  expect(await findProgram("no-such-tool", { directory, path })).toBeUndefined();
});
