import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Text files that say what is in each environment. */
export const PINS: string = resolve(import.meta.dirname, "../environments");

/** Path of one of our Python programs. */
export function program(name: string): string {
  return resolve(import.meta.dirname, "../python", name);
}

/**
 * Where environments are kept, outside of every clone: `RHAPSODY_ENGINES_DIR`, or `rhapsody/engines` in the user's cache
 * directory.
 */
export function home(): string {
  const { RHAPSODY_ENGINES_DIR: given, XDG_CACHE_HOME: cache } = process.env;
  if (given !== undefined && given !== "") return resolve(given);
  return join(cache !== undefined && cache !== "" ? cache : join(homedir(), ".cache"), "rhapsody", "engines");
}
