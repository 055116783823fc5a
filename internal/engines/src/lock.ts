import { existsSync } from "node:fs";
import { join } from "node:path";
import { type EnvironmentName, ENVIRONMENTS } from "./environments.ts";
import { findPython } from "./find-python.ts";
import { PINS } from "./paths.ts";
import { run } from "./run.ts";
import { uv } from "./uv.ts";

/** Writes the newest pins that fit what an environment asks for; the hash of its folder changes with them. */
export async function lock(name: EnvironmentName): Promise<void> {
  const { minimum } = ENVIRONMENTS[name];
  const program = await uv(await findPython(minimum));
  const [from, to] = [join(PINS, `${name}.in`), join(PINS, `${name}.txt`)];
  const overrides = join(PINS, `${name}.overrides`);
  const plain = ["--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"];
  // One list for every platform and every Python from the minimum on.
  await run(program, [
    "pip",
    "compile",
    ...plain,
    "--upgrade",
    "--universal",
    "--python-version",
    minimum,
    ...(existsSync(overrides) ? ["--override", overrides] : []),
    from,
    "-o",
    to,
  ]);
}
