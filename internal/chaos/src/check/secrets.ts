import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SECRET } from "../graph/graph.ts";
import type { Seen } from "./violations.ts";

/** Nothing that was written has the secret: neither the journal nor a log. */
export function checkSecrets({ directory }: Seen): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(SECRET))
    .map((path) => `${path} has the secret`);
}
