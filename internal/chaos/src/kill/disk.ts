import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** The disk of a journal, which can be filled. */
export interface Disk {
  /** How it is filled. */
  readonly kind: "file system" | "file size";
  /** Leaves a process no room on it. */
  fill(pid: number): void;
  /** Makes room again. */
  free(pid: number): void;
  /** Takes it away, and what is on it; `keep` leaves that in the directory. */
  remove(keep: boolean): void;
}

const MIB = 1024 * 1024;

/** A small file system in memory where one can be mounted, else a directory on whose files there can be a limit. */
export function makeDisk(directory: string): Disk {
  mkdirSync(directory);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${64 * MIB}`, "tmpfs", directory], { stdio: "ignore" });
  } catch {
    return limitedDirectory(directory);
  }
  return smallFileSystem(directory);
}

function smallFileSystem(directory: string): Disk {
  const filler = join(directory, "filler");
  const unmount = (): unknown => spawnSync("umount", ["--lazy", directory]);
  process.once("exit", unmount);
  return {
    kind: "file system",
    fill: () => writeAll(filler, directory),
    free: () => rmSync(filler, { force: true }),
    remove: (keep) => {
      const kept = `${directory}-kept`;
      if (keep) cpSync(directory, kept, { recursive: true });
      unmount();
      process.off("exit", unmount);
      rmSync(directory, { recursive: true });
      if (keep) renameSync(kept, directory);
    },
  };
}

function limitedDirectory(directory: string): Disk {
  return {
    kind: "file size",
    fill: (pid) =>
      limitFiles(
        pid,
        String(Math.max(0, ...readdirSync(directory).map((name) => statSync(join(directory, name)).size))),
      ),
    free: (pid) => limitFiles(pid, "unlimited"),
    remove: (keep) => {
      if (!keep) rmSync(directory, { recursive: true });
    },
  };
}

/** Fills a file system up to the last byte. */
function writeAll(filler: string, directory: string): void {
  const file = openSync(filler, "a");
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(directory);
      if (bavail === 0) return;
      writeSync(file, Buffer.alloc(Math.min(bavail * bsize, 8 * MIB)));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

/** Sets how large files may become that a process writes to, if it is still there; only the soft limit, which anybody may raise again. */
function limitFiles(pid: number, bytes: string): void {
  spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`], { stdio: "ignore" });
}
