import { closeSync, openSync, readSync, statSync } from "node:fs";

/*
 * SQLite recovers a write-ahead log up to its last whole commit and is silent about the rest. So we read it ourselves first.
 * The format: sqlite.org/fileformat2.html, section 4. All numbers are big-endian; the magic number says in which order checksums take bytes.
 */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit is the byte order of checksums. */
const MAGIC = 0x377f0682;

/** What a write-ahead log holds. */
export interface WalContent {
  /** Size of the file. */
  readonly bytes: number;
  /** The first page of the database as of the last whole commit, when the log holds it. */
  readonly firstPage?: Uint8Array;
  /** Bytes after the last whole commit that belong to this log, and not to what its file held before. */
  readonly lostBytes: number;
  /** Commits among these bytes that others came after, so they had been acknowledged. The last one may just not have come to its end. */
  readonly lostCommits: number;
}

/** Reads a write-ahead log; undefined when there is none, or an empty one. */
export function readWal(path: string): WalContent | undefined {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes === 0) return undefined;
  const descriptor = openSync(path, "r");
  try {
    return walk((buffer, position) => readSync(descriptor, buffer, { position }), bytes);
  } finally {
    closeSync(descriptor);
  }
}

type ReadAt = (buffer: Uint8Array, position: number) => number;

function walk(readAt: ReadAt, bytes: number): WalContent {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  readAt(bytesOf(header), 0);
  const magic = header.getUint32(0);
  const littleEndian = (magic & 1) === 0;
  const pageBytes = header.getUint32(8);
  const start = sum(header, { from: 0, to: 24, seed: [0, 0], littleEndian });
  const isWhole = header.getUint32(24) === start[0] && header.getUint32(28) === start[1];
  if ((magic & ~1) !== MAGIC || !isWhole || pageBytes < 512) return { bytes, lostBytes: bytes, lostCommits: 0 };

  const frame = new DataView(new ArrayBuffer(FRAME_HEADER_BYTES + pageBytes));
  let seed = start;
  let valid = true;
  let end = HEADER_BYTES;
  let lostEnd = end;
  let lostCommits = 0;
  let lostEnds = 0;
  let firstPage: Uint8Array | undefined;
  let uncommittedFirstPage: Uint8Array | undefined;
  for (let position = HEADER_BYTES; position < bytes; position += frame.byteLength) {
    const length = readAt(bytesOf(frame), position);
    const salts = length < FRAME_HEADER_BYTES ? 0 : matchingSalts(header, frame);
    if (valid) {
      const overHead = sum(frame, { from: 0, to: 8, seed, littleEndian });
      seed = sum(frame, { from: FRAME_HEADER_BYTES, to: frame.byteLength, seed: overHead, littleEndian });
      const isWhole = length === frame.byteLength && frame.getUint32(16) === seed[0] && frame.getUint32(20) === seed[1];
      valid = salts === 2 && isWhole;
    }
    // Frames of another log are left from before this one was begun; one of this log after them shows that they are not. A new log has another first
    // and another second salt, so one of them alone is damaged.
    if (salts === 0) continue;
    const closesCommit = frame.getUint32(4) !== 0;
    if (!valid) {
      lostEnd = position + length;
      lostCommits = lostEnds;
      if (closesCommit) lostEnds += 1;
      continue;
    }
    if (frame.getUint32(0) === 1) uncommittedFirstPage = bytesOf(frame).slice(FRAME_HEADER_BYTES);
    lostEnd = position + length;
    if (closesCommit) {
      end = lostEnd;
      firstPage = uncommittedFirstPage;
    }
  }
  return { bytes, lostBytes: lostEnd - end, lostCommits, ...(firstPage !== undefined && { firstPage }) };
}

function matchingSalts(header: DataView, frame: DataView): number {
  return [0, 4].filter((offset) => frame.getUint32(8 + offset) === header.getUint32(16 + offset)).length;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly seed: readonly [number, number];
  readonly littleEndian: boolean;
}

/** The log's checksum; section 4.2. */
function sum(view: DataView, { from, to, seed, littleEndian }: Range): readonly [number, number] {
  let [first, second] = seed;
  for (let offset = from; offset < to; offset += 8) {
    first = (first + view.getUint32(offset, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(offset + 4, littleEndian) + first) >>> 0;
  }
  return [first, second];
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer);
}
