/** One message with its parts of raw bytes. */
export interface Frame {
  readonly header: FrameHeader;
  /** Those that are in a file (`header.files`) are empty here. */
  readonly blobs: readonly Uint8Array[];
}

/** The JSON of a frame. */
export interface FrameHeader {
  readonly op: string;
  /** Names of files that hold blobs, by the blobs' indexes. */
  readonly files?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Largest frame, in bytes; the other end takes no larger one either. */
export const MAX_FRAME_BYTES: number = 2 ** 30;

/** Blobs up to this size are copied together: one write for many of them costs less than one for each, in bytes. */
const JOINED_BYTES = 2 ** 16;

/**
 * A frame as buffers to be written one after the other.
 *
 * @throws RangeError when it is larger than a frame may be.
 */
export function encodeFrame({ header, blobs }: Frame): readonly Uint8Array[] {
  const lengths = blobs.map(({ byteLength }) => byteLength);
  const json = Buffer.from(JSON.stringify(blobs.length === 0 ? header : { ...header, blobs: lengths }));
  const length = lengths.reduce((sum, blob) => sum + blob, 4 + json.length);
  if (length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes is larger than ${MAX_FRAME_BYTES}`);
  const prefix = Buffer.allocUnsafe(8);
  prefix.writeUInt32LE(length, 0);
  prefix.writeUInt32LE(json.length, 4);
  return joinSmall([prefix, json, ...blobs]);
}

function joinSmall(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const flush = (): void => {
    if (small.length > 0) joined.push(Buffer.concat(small));
    small = [];
  };
  for (const part of parts) {
    if (part.byteLength <= JOINED_BYTES) {
      small.push(part);
      continue;
    }
    flush();
    joined.push(part);
  }
  flush();
  return joined;
}
