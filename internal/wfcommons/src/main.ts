import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { enginePython } from "@rhapsody-internal/engines";

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
const python = await enginePython("wfcommons");
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
for (const recipe of values.recipe) {
  for (const tasks of values.tasks) {
    const path = join(out, `${recipe}-${tasks}-seed${values.seed}.json`);
    const program = join(import.meta.dirname, "generate.py");
    execFileSync(python, [program, recipe, tasks, values.seed, path], { stdio: ["ignore", "ignore", "inherit"] });
    console.log(path);
  }
}
