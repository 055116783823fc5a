import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it, vi } from "vitest";
import { once } from "./install.ts";

const fillWith = (file: string) =>
  vi.fn((folder: string) => {
    mkdirSync(folder);
    writeFileSync(join(folder, file), "");
    return Promise.resolve();
  });

it("is made once, however many ask", async () => {
  vi.stubEnv("RHAPSODY_ENGINES_DIR", join(temporaryDirectory(), "deep", "engines"));
  const fill = fillWith("a");

  const folders = await Promise.all([1, 2, 3].map(() => once("python3", "tool", fill)));
  await once("python3", "tool", fill);

  expect(new Set(folders).size).toBe(1);
  expect(fill).toHaveBeenCalledOnce();
});

it("is made anew when it was not finished", async () => {
  vi.stubEnv("RHAPSODY_ENGINES_DIR", temporaryDirectory());
  const broken = (folder: string) => {
    mkdirSync(folder);
    writeFileSync(join(folder, "half"), "");
    return Promise.reject(new Error("no network"));
  };

  await expect(once("python3", "tool", broken)).rejects.toThrow("no network");
  const folder = await once("python3", "tool", fillWith("whole"));

  expect(readdirSync(folder).toSorted()).toEqual(["complete", "whole"]);
});
