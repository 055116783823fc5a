const PEM = /-----BEGIN [^-]*-----[\s\S]*?(?:-----END [^-]*-----|$)/g;

// Shorter ones hide nothing, and would blot out half of any text.
const SECRET_CHARACTERS = 3;

/** A text without PEM blocks and without the given secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replace(PEM, "[redacted]");
  // The longest first: one may be part of another.
  const known = secrets
    .filter(({ length }) => length >= SECRET_CHARACTERS)
    .toSorted((one, other) => other.length - one.length);
  for (const secret of known) clean = clean.replaceAll(secret, "[redacted]");
  return clean;
}

const EXCERPT_CHARACTERS = 300;

/** The beginning of a reply's body on one line, without secrets. */
export function excerpt(body: string, secrets: readonly string[]): string {
  const line = redact(body, secrets).replaceAll(/\s+/g, " ").trim();
  return line.length > EXCERPT_CHARACTERS ? `${line.slice(0, EXCERPT_CHARACTERS)}…` : line;
}
