import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader } from "./frame.ts";

describe("FrameReader", () => {
  it("returns the messages of a stream, however it is cut", () => {
    const message = fc.record({ text: fc.string({ unit: "binary" }), bytes: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(
        fc.array(message),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
        (messages, sizes) => {
          const stream = Buffer.concat(messages.map(encodeFrame));
          const reader = new FrameReader();
          const received: unknown[] = [];

          for (let offset = 0, cut = 0; offset < stream.length; cut += 1) {
            const end = offset + sizes[cut % sizes.length]!;
            received.push(...reader.push(stream.subarray(offset, end)));
            offset = end;
          }

          expect(received).toEqual(messages);
        },
      ),
    );
  });
});
