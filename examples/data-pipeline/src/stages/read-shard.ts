import { open } from "node:fs/promises";

/** Longest record of the file, in bytes, with room to spare. */
const MAX_RECORD_BYTES = 1_024;

/**
 * Reads one of several equal shares of a JSON file that holds one list of flat objects.
 *
 * Only that share of the bytes is read. A record belongs to the share in which its `{` stands, so every record is read exactly once however
 * the file is divided.
 *
 * @param shard - Which share, from 0.
 */
export async function readShard(file: string, shard: number, shards: number): Promise<readonly unknown[]> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const begin = Math.floor((size * shard) / shards);
  const end = Math.floor((size * (shard + 1)) / shards);
  const bytes = Buffer.alloc(Math.min(size, end + MAX_RECORD_BYTES) - begin);
  await handle.read(bytes, 0, bytes.length, begin);

  const first = bytes.indexOf("{");
  if (first === -1 || first >= end - begin) return [];
  const next = bytes.indexOf("{", end - begin);
  const last = bytes.lastIndexOf("}", next === -1 ? bytes.length : next);
  // In brackets it is a list, or no JSON at all.
  return JSON.parse(`[${bytes.toString("utf8", first, last + 1)}]`) as unknown[];
}
