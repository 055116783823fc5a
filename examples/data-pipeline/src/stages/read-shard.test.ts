import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readShard } from "./read-shard.ts";

const directory = mkdtempSync(join(tmpdir(), "read-shard-"));
afterAll(() => rmSync(directory, { recursive: true }));

const records = Array.from({ length: 37 }, (_, index) => ({ index, text: "x".repeat(index % 7) }));
const file = join(directory, "records.json");
writeFileSync(file, JSON.stringify(records));

it.each([1, 2, 3, 7, 36, 37, 64])("reads every record once in %i shards", async (shards) => {
  const shares = await Promise.all(Array.from({ length: shards }, (_, shard) => readShard(file, shard, shards)));

  expect(shares.flat()).toEqual(records);
});

it("reads nothing from an empty list", async () => {
  const empty = join(directory, "empty.json");
  writeFileSync(empty, "[]");

  expect(await readShard(empty, 0, 1)).toEqual([]);
});
