import { join } from "node:path";
import type { BasePython } from "./find-python.ts";
import { installWithPip, once } from "./install.ts";

const UV = "uv==0.13.9";

/**
 * The installer uv, in an environment of its own.
 *
 * @returns the path of its program.
 * @throws Error when it cannot be installed, e.g. because it has no wheel for this platform.
 */
export async function uv(base: BasePython): Promise<string> {
  const name = `${UV.replace("==", "-")}-python${base.version}-${base.platform}`;
  const folder = await once(base.program, name, (target) =>
    installWithPip(base.program, target, ["--only-binary", ":all:", UV]),
  );
  return join(folder, "bin", "uv");
}
