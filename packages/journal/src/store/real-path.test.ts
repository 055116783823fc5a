import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { realPath } from "./real-path.ts";

describe("realPath", () => {
  it("follows links over links, from their own directories, to a file that there is and to one that there is not", () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "runs"));
    const file = join(directory, "runs", "7.db");
    symlinkSync("7.db", join(directory, "runs", "latest.db"));
    symlinkSync(join("runs", "latest.db"), join(directory, "run.db"));

    const before = realPath(join(directory, "run.db"));
    writeFileSync(file, "");

    expect(before).toBe(file);
    expect(realPath(join(directory, "run.db"))).toBe(file);
    expect(realPath(file)).toBe(file);
  });

  it("gives the path as it is where links go in a circle, or nothing is there", () => {
    const directory = temporaryDirectory();
    const circle = join(directory, "circle.db");
    symlinkSync("circle.db", circle);

    expect(realPath(circle)).toBe(circle);
    expect(realPath(join(directory, "none", "run.db"))).toBe(join(directory, "none", "run.db"));
  });
});
