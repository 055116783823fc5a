import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Directory that `rhapsody_bridge` is imported from: `python` of this package, which is two levels up from sources and one from a build. */
export function pythonDirectory(): string {
  const [built, source] = ["../python", "../../python"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return built !== undefined && existsSync(`${built}/rhapsody_bridge`) ? built : String(source);
}
