import { spawn } from "node:child_process";
import { once } from "node:events";
import { program } from "./paths.ts";

/**
 * Does something while no other process does it under the same lock. A process that is killed gives its lock back.
 *
 * @param file - Path of the lock; its folder exists.
 */
export async function withLock<T>(python: string, file: string, action: () => Promise<T>): Promise<T> {
  const holder = spawn(python, [program("hold_lock.py"), file], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(holder, "close");
  try {
    const held = await Promise.race([once(holder.stdout, "data").then(() => true), closed.then(() => false)]);
    if (!held) throw new Error(`${file} cannot be locked`);
    return await action();
  } finally {
    holder.stdin.end();
    await closed;
  }
}
