import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { publishedPackages } from "../workspace/manifest.ts";
import { ARROWS } from "./arrows.ts";
import { checkPackage } from "./check-package.ts";

/** Checks the arrows of every published package of this repository; empty when all point where they may. */
export function checkArrows(): readonly string[] {
  return publishedPackages().flatMap(({ path, folder, manifest }) => {
    const cwd = join(ROOT, path);
    const files = new Map(
      globSync("src/**/*.ts", { cwd }).map((file) => [file, readFileSync(join(cwd, file), "utf8")] as const),
    );
    return checkPackage({ folder, manifest, files }, ARROWS[folder]);
  });
}
