import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { rejectionOf } from "../__fixtures__/open-session.ts";
import { ContentHashes } from "./content-hashes.ts";

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rhapsody-contents-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

function hashes(signal = new AbortController().signal): ContentHashes {
  return new ContentHashes(signal);
}

describe("the hash of a file", () => {
  it("is the SHA-256 of its content", async () => {
    const path = join(await directory(), "data");
    await writeFile(path, "abc");

    expect(await hashes().ofFile(path)).toBe(createHash("sha256").update("abc").digest("hex"));
  });

  it("follows every change, also one of the same size at the same time", async () => {
    const contents = hashes();
    const path = join(await directory(), "data");
    const seen = new Set<string | undefined>();
    for (const text of ["one", "two", "six"]) {
      await writeFile(path, text);
      await utimes(path, 1, 1);
      seen.add(await contents.ofFile(path));
    }

    expect(seen.size).toBe(3);
  });

  it("is read once by all who ask at the same time", async () => {
    const contents = hashes();
    const path = join(await directory(), "data");
    await writeFile(path, "abc");

    const all = await Promise.all(Array.from({ length: 100 }, () => contents.ofFile(path)));

    expect(new Set(all).size).toBe(1);
  });

  it("is undefined where there is no file", async () => {
    const path = await directory();
    await writeFile(join(path, "file"), "");

    for (const none of [path, join(path, "nothing"), join(path, "file", "nothing")]) {
      expect(await hashes().ofFile(none)).toBeUndefined();
    }
  });

  it("is not finished once the signal is aborted", async () => {
    const closing = new AbortController();
    const path = join(await directory(), "data");
    await writeFile(path, "abc");
    const contents = hashes(closing.signal);
    closing.abort(new Error("closing"));

    expect(await rejectionOf(contents.ofFile(path))).toMatchObject({ message: "closing" });
  });
});

describe("the hash of a directory", () => {
  async function tree(): Promise<string> {
    const path = await directory();
    await mkdir(join(path, "a", "b"), { recursive: true });
    await writeFile(join(path, "a", "b", "one"), "1");
    await writeFile(join(path, "a", "two"), "2");
    await mkdir(join(path, "empty"));
    return path;
  }

  it("does not depend on where it is", async () => {
    expect(await hashes().ofTree(await tree())).toBe(await hashes().ofTree(await tree()));
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ["a file's content", (path) => writeFile(join(path, "a", "b", "one"), "2")],
    ["a file's name", (path) => rename(join(path, "a", "two"), join(path, "a", "three"))],
    ["a file's place", (path) => rename(join(path, "a", "two"), join(path, "two"))],
    ["a file more", (path) => writeFile(join(path, "empty", "new"), "")],
    ["a directory less", (path) => rm(join(path, "empty"), { recursive: true })],
    ["a link", (path) => symlink("nowhere", join(path, "link"))],
  ])("changes with %s", async (_, change) => {
    const path = await tree();
    const before = await hashes().ofTree(path);

    await change(path);

    expect(await hashes().ofTree(path)).not.toBe(before);
  });

  it("follows links to files and directories, also round in circles", async () => {
    const [path, elsewhere] = [await tree(), await tree()];
    await symlink("..", join(path, "a", "up"));
    await symlink(elsewhere, join(path, "elsewhere"));
    const before = await hashes().ofTree(path);

    await writeFile(join(elsewhere, "a", "two"), "changed");

    expect(await hashes().ofTree(path)).not.toBe(before);
  });

  it("reads hundreds of files, a few at a time", async () => {
    const path = await directory();
    await Promise.all(Array.from({ length: 300 }, (_, n) => writeFile(join(path, String(n)), String(n))));

    expect(await hashes().ofTree(path)).toMatch(/^directory [\da-f]{64}$/);
  });

  it("does not wait for pipes", async () => {
    const path = await tree();
    execFileSync("mkfifo", [join(path, "pipe")]);

    expect(await hashes().ofTree(path)).toMatch(/^directory/);
    expect(await rejectionOf(hashes().ofTree(join(path, "pipe")))).toMatchObject({
      message: expect.stringContaining("neither a file nor a directory") as string,
    });
  });

  it("names what is missing", async () => {
    const missing = join(await directory(), "nothing");

    expect(await rejectionOf(hashes().ofTree(missing))).toMatchObject({
      code: "ENOENT",
      message: expect.stringContaining(missing) as string,
    });
  });
});
