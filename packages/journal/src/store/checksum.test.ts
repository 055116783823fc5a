import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Checksum, checksumOf } from "./checksum.ts";

describe("Checksum", () => {
  it("is the CRC-32 of all values, with their types and ends", () => {
    const bytes = new Uint8Array([1, 2]);

    expect(checksumOf([1, "ü", null, bytes, 1.5])).toBe(
      crc32(Buffer.concat([Buffer.from("n1\0tü\0" + "0\0b"), bytes, Buffer.from("\0n1.5\0")])),
    );
  });

  it.each([
    ["text and bytes", ["ab"], [Buffer.from("ab")]],
    ["text and a number", ["1"], [1]],
    ["nothing and empty text", [null], [""]],
    ["one value and two", ["ab"], ["a", "b"]],
    ["two orders", ["a", "b"], ["b", "a"]],
  ])("tells %s apart", (_, one, other) => {
    expect(checksumOf(one)).not.toBe(checksumOf(other));
  });

  it("does not depend on how much is hashed at a time", () => {
    const large = ["x".repeat(700_000), "y".repeat(700_000)];
    const checksum = new Checksum();
    for (const row of [[1], large, [2]]) checksum.add(row);

    expect(checksum.value).toBe(checksumOf([1, ...large, 2]));
  });
});
