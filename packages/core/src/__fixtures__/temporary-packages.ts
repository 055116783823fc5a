import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished, vi } from "vitest";

/** A directory with installed packages, in which the test then is; removed when it ends. */
export async function installPackages(packages: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "packages-")));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, files] of Object.entries(packages)) {
    for (const [path, text] of Object.entries(files)) {
      const file = join(directory, "node_modules", name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
  vi.spyOn(process, "cwd").mockReturnValue(directory);
  return directory;
}

/** The files of a package that exports a backend. */
export function backendPackage(name: string, source: string, exports: unknown = "./index.js"): Record<string, string> {
  return { "package.json": JSON.stringify({ name, version: "1.0.0", type: "module", exports }), "index.js": source };
}
