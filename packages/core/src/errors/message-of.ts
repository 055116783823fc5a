/** The text of whatever was thrown. Never throws, though user code may throw what has no text. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return `a value of type ${typeof thrown} that has no text`;
  }
}
