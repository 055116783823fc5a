/** Longest run of bytes of one UTF-8 character after its first. */
const MAX_CONTINUATION_BYTES = 3;

/**
 * Bytes of a program as text. What is not UTF-8 becomes U+FFFD.
 *
 * @param cut - True when the beginning is missing: the rest of a character that was cut in two goes as well.
 */
export function decodeOutput(bytes: Uint8Array, cut: boolean): string {
  let start = 0;
  while (cut && start < MAX_CONTINUATION_BYTES && isContinuation(bytes[start])) start += 1;
  // A Buffer decodes short output several times faster than TextDecoder, and keeps a byte order mark.
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start).toString("utf8");
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
