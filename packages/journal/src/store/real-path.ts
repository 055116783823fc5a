import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * The path of a file itself, whatever symbolic links lead to it, also to one that is not there yet.
 *
 * SQLite puts its log beside the file that it finds; the lock and the outputs have to lie there too, or two sessions would not see each other.
 */
export function realPath(path: string): string {
  try {
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink ? realPath(resolve(dirname(path), readlinkSync(path))) : realpathSync(path);
  } catch {
    // What is wrong with the place is told by whoever opens it.
    return path;
  }
}
