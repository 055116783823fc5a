import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it } from "vitest";
import { withLock } from "./with-lock.ts";

it("lets one after the other do its work", async () => {
  const file = join(temporaryDirectory(), "lock");
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(name);
    await new Promise(setImmediate);
    seen.push(name);
  };

  await Promise.all(["a", "b", "c"].map((name) => withLock("python3", file, work(name))));

  expect(seen[0]).toBe(seen[1]);
  expect(seen[2]).toBe(seen[3]);
  expect(seen).toHaveLength(6);
});

it("is free again once its holder is killed", async () => {
  const file = join(temporaryDirectory(), "lock");
  const holder = spawn(process.execPath, [join(import.meta.dirname, "__fixtures__/take-lock.ts"), file]);
  const [said] = (await once(holder.stdout, "data")) as [Buffer];
  expect(String(said)).toContain("taken");

  holder.kill("SIGKILL");

  expect(await withLock("python3", file, () => Promise.resolve("mine"))).toBe("mine");
});

it("rejects when the file cannot be made, and with what the work rejects with", async () => {
  const folder = temporaryDirectory();

  await expect(withLock("python3", join(folder, "absent", "lock"), () => Promise.resolve(1))).rejects.toThrow(/locked/);
  await expect(withLock("python3", join(folder, "lock"), () => Promise.reject(new Error("mine")))).rejects.toThrow(
    "mine",
  );
});
