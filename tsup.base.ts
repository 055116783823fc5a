import { defineConfig, type Options } from "tsup";

/**
 * The build of every published package: one ESM file per entry, no declarations
 * (`tsc -p tsconfig.build.json` emits those, with maps that lead to `src`).
 */
export function packageBuild(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  const options: Options = {
    entry,
    format: ["esm"],
    target: "node22",
    platform: "node",
    sourcemap: true,
    clean: true,
    dts: false,
    splitting: true,
    // What a package imports by name it installs, for some platforms only perhaps: never a part of the bundle.
    skipNodeModulesBundle: true,
  };
  return defineConfig(options);
}
