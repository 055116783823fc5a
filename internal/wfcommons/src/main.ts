import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** Another version may generate other instances from the same seed. */
const WFCOMMONS = "wfcommons==1.6";
const RECIPES = ["montage", "1000genome", "epigenomics", "srasearch"];
const CACHE = resolve(import.meta.dirname, "../../../node_modules/.cache/wfcommons-1.6");

const { values } = parseArgs({
  options: {
    recipe: { type: "string", multiple: true, default: RECIPES },
    tasks: { type: "string", multiple: true, default: ["100"] },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: CACHE },
  },
});

for (const recipe of values.recipe) {
  if (!RECIPES.includes(recipe)) throw new RangeError(`there is no recipe ${recipe}, only ${RECIPES.join(", ")}`);
}
const python = installed();
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
for (const recipe of values.recipe) {
  for (const tasks of values.tasks) {
    const path = join(out, `${recipe}-${tasks}-seed${values.seed}.json`);
    run(python, [join(import.meta.dirname, "generate.py"), recipe, tasks, values.seed, path]);
    console.log(path);
  }
}

/** The Python of an environment that has the generator; made by the first call. */
function installed(): string {
  const environment = join(CACHE, "venv");
  const found =
    process.platform === "win32" ? join(environment, "Scripts/python.exe") : join(environment, "bin/python");
  const complete = join(environment, "complete");
  if (existsSync(complete)) return found;
  run(process.env["RHAPSODY_PYTHON"] ?? "python3", ["-m", "venv", "--clear", environment]);
  run(found, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", WFCOMMONS]);
  mkdirSync(complete);
  return found;
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}
