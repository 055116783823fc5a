import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";

/** Where a test's configuration lies. */
export interface ConfigHome {
  readonly homeDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A home with these files in it, by path, which goes with its test; and an environment in which Dask finds nothing else. */
export function configHome(files: Readonly<Record<string, string>>): ConfigHome {
  const homeDirectory = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(homeDirectory, path)), { recursive: true });
    writeFileSync(join(homeDirectory, path), text);
  }
  const environment = { DASK_ROOT_CONFIG: join(homeDirectory, "etc"), HOME: homeDirectory };
  return { homeDirectory, environment };
}
