import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readWfFormat } from "../read-wfformat.ts";
import type { WfWorkflow } from "../workflow.ts";

/** The four recipes, each about 60 tasks: `pnpm wfcommons --tasks 60 --out packages/asyncflow-adapter/src/wfformat/__fixtures__`, wfcommons 1.6, seed 1. */
export const RECIPES = ["montage", "1000genome", "epigenomics", "srasearch"] as const;

export type Recipe = (typeof RECIPES)[number];

export function instance(recipe: Recipe): Promise<WfWorkflow> {
  return readWfFormat(pathOf(recipe));
}

export async function instanceText(recipe: Recipe): Promise<string> {
  return readFile(pathOf(recipe), "utf8");
}

function pathOf(recipe: Recipe): string {
  return join(import.meta.dirname, `${recipe}-60-seed1.json`);
}
