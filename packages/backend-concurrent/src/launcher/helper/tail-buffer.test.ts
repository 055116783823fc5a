import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TailBuffer } from "./tail-buffer.ts";

describe("TailBuffer", () => {
  it("holds the last bytes of all that was written, whatever the pieces", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), pieces, (maxBytes, written) => {
        const tail = new TailBuffer(maxBytes);
        for (const piece of written) tail.push(piece);

        const { bytes, totalBytes, truncated } = tail.captured();

        const all = Buffer.concat(written);
        expect(Buffer.from(bytes).equals(all.subarray(Math.max(0, all.length - maxBytes)))).toBe(true);
        expect({ totalBytes, truncated }).toEqual({ totalBytes: all.length, truncated: all.length > maxBytes });
      }),
    );
  });

  it("takes no more memory than what was written needs", () => {
    const tail = new TailBuffer(1_000_000_000);

    tail.push(Buffer.from("x"));

    expect(tail.captured().bytes.buffer.byteLength).toBeLessThan(100_000);
  });
});
