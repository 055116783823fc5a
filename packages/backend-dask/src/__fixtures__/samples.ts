import { fileURLToPath } from "node:url";

/** Lets the Python of this process's clusters import `samples.py`. */
export function shareSamples(): void {
  process.env["PYTHONPATH"] = fileURLToPath(new URL("./python", import.meta.url));
}
