/**
 * Orders versions by their release numbers, those of a Python version or distribution (PEP 440): below 0 when `a` is the older one. Pre-releases and
 * local parts do not count.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [releaseOf(a), releaseOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function releaseOf(version: string): readonly number[] {
  const [release = ""] = /\d+(?:\.\d+)*/.exec(version) ?? [];
  return release.split(".").map(Number);
}
