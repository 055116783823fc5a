import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader } from "./frame-reader.ts";
import { encodeFrame, type Frame } from "./frame.ts";

const bytesOf = (...frames: readonly Frame[]): Buffer => Buffer.concat(frames.flatMap(encodeFrame));

const samples: readonly Frame[] = [
  { header: { op: "beat" }, blobs: [] },
  {
    header: {
      op: "report",
      tasks: [
        ["a", 1],
        ["b", 2],
      ],
    },
    blobs: [Buffer.from("one"), Buffer.alloc(0)],
  },
  { header: { op: "log", text: "Grüße" }, blobs: [] },
];

function plain(frames: readonly Frame[]): unknown {
  return frames.map(({ header: { blobs: _, ...header }, blobs }) => ({
    header,
    blobs: blobs.map((blob) => Buffer.from(blob).toString("hex")),
  }));
}

describe("FrameReader", () => {
  it("reads what was written, cut at any byte", () => {
    const bytes = bytesOf(...samples);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const reader = new FrameReader();

      const frames = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];

      expect(plain(frames)).toEqual(plain(samples));
    }
  });

  it("reads what arrives byte by byte", () => {
    const reader = new FrameReader();

    const frames = [...bytesOf(...samples)].flatMap((byte) => reader.push(Buffer.of(byte)));

    expect(plain(frames)).toEqual(plain(samples));
  });

  it("reads any frames in any pieces", () => {
    const frame = fc.record({
      header: fc.record({ op: fc.string(), value: fc.jsonValue() }),
      blobs: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 99 })), (frames, sizes) => {
        const reader = new FrameReader();
        const bytes = bytesOf(...frames);
        const read: Frame[] = [];
        let offset = 0;
        for (const size of [...sizes, bytes.length]) {
          read.push(...reader.push(bytes.subarray(offset, offset + size)));
          offset += size;
        }

        const written = frames.map(({ header, blobs }) => ({
          header: JSON.parse(JSON.stringify(header)) as typeof header,
          blobs,
        }));
        expect(plain(read)).toEqual(plain(written));
      }),
    );
  });

  it("copies large blobs only when they are read", () => {
    const large = Buffer.alloc(2 ** 17);

    expect(encodeFrame({ header: { op: "submit" }, blobs: [large] })).toContain(large);
  });

  it.each([
    ["a length beyond the limit", "ffffffff", "4294967295 bytes"],
    ["a header beyond the end", "0600000003000000" + "7b7d", "longer than the frame"],
    ["no JSON", "05000000" + "01000000" + "78", "JSON"],
    ["a header without op", "06000000" + "02000000" + "7b7d", "no `op`"],
  ])("refuses %s", (_, hex, message) => {
    expect(() => new FrameReader().push(Buffer.from(hex, "hex"))).toThrow(message);
  });

  it("refuses blobs that do not fill their frame", () => {
    const header = Buffer.from(JSON.stringify({ op: "x", blobs: [2] }));
    const frame = Buffer.alloc(8 + header.length + 1);
    frame.writeUInt32LE(frame.length - 4, 0);
    frame.writeUInt32LE(header.length, 4);
    frame.set(header, 8);

    expect(() => new FrameReader().push(frame)).toThrow("do not fill");
  });
});

describe("encodeFrame", () => {
  it("refuses a frame that the other end would not take", () => {
    // No memory is touched until it is written.
    const blob = Buffer.alloc(2 ** 30);

    expect(() => encodeFrame({ header: { op: "submit" }, blobs: [blob] })).toThrow(RangeError);
  });
});
