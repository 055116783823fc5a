/** Tells whether a test is one of those named, or belongs to a group that is: `a/b/c` belongs to `a`, `a/b` and `a/b/c`. */
export function isNamed(id: string, names: readonly string[]): boolean {
  return names.some((name) => id === name || id.startsWith(`${name}/`));
}

/** @throws TypeError when a name fits no test: a mistyped one would silently do nothing. */
export function checkNames(option: string, names: readonly string[], ids: readonly string[]): void {
  const unknown = names.filter((name) => !ids.some((id) => isNamed(id, [name])));
  if (unknown.length === 0) return;
  throw new TypeError(
    `describeBackend: ${option} names ${unknown.join(", ")}, but no test of this backend is called that; there are: ${ids.join(", ")}`,
  );
}
