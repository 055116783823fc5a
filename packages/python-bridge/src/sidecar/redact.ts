/** Shorter secrets are common words and numbers: striking those out would tell more than it hides. */
const LEAST_CHARACTERS = 4;

/** A function that strikes secrets out of text. */
export function redactor(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const values = Object.values(secrets).filter((value) => value.length >= LEAST_CHARACTERS);
  // Longer ones first: one may be a part of another.
  values.sort((a, b) => b.length - a.length);
  return (text) => values.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text);
}
