import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import { succeed, type Tarball } from "./tarball.ts";

/** A user's project: tarballs installed by plain npm, and a program over them. */
export interface Consumer {
  readonly folder: string;
  /** What is installed; what these need of this repository has to be among them. */
  readonly tarballs: readonly Tarball[];
  /** Text of the program. */
  readonly program: string;
  /** Variables for the program, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const TSCONFIG = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2024", "ESNext.Disposable"],
    types: ["node"],
    strict: true,
    noEmit: true,
    // What we publish must be right by itself, not only where nobody looks.
    skipLibCheck: false,
  },
  include: ["program.ts"],
};

/**
 * Installs a consumer, type-checks its program against the published declarations, and runs it on the published code:
 * nothing here sets the source condition.
 *
 * @returns What the program printed.
 */
export async function tryConsumer({ folder, tarballs, program, env }: Consumer): Promise<string> {
  await mkdir(folder, { recursive: true });
  const files = Object.fromEntries(tarballs.map(({ manifest, file }) => [manifest.name, `file:${file}`]));
  const manifest = { private: true, type: "module", dependencies: files, overrides: files };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG, null, 2));
  await writeFile(join(folder, "program.ts"), program);
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await succeed(["npm", "install", ...quiet, "@types/node@22"], folder);
  await succeed([join(ROOT, "node_modules", ".bin", "tsc"), "-p", "."], folder);
  return succeed([process.execPath, "program.ts"], folder, env);
}

/** A program that imports everything that the packages export. */
export function importEverything(tarballs: readonly Tarball[]): string {
  const modules = tarballs.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((path) => !path.endsWith(".json"))
      .map((path) => manifest.name + path.slice(1)),
  );
  const imports = modules.map((name, index) => `import * as module${index} from "${name}";`);
  const uses = modules.map((name, index) => `console.log("${name}", Object.keys(module${index}).length);`);
  return [...imports, ...uses, ""].join("\n");
}
