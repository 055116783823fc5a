/** Throws unless it can be a cluster's name, so that it stays one part of a path. */
export function checkName(name: string): void {
  if (/^\w(?:[\w.-]*\w)?$/.test(name)) return;
  throw new TypeError(`${JSON.stringify(name)} is no name of a cluster: pass one that create() or list() told.`);
}

/** Throws unless it can be a number of workers. */
export function checkCount(what: string, count: number | undefined): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return;
  throw new RangeError(`${what} has to be a whole number of workers, 0 or more; it is ${String(count)}.`);
}

/** Throws unless workers can be chosen between these. The gateway itself does not check. */
export function checkAdapt(minimum: number | undefined, maximum: number | undefined): void {
  checkCount("minimum", minimum);
  checkCount("maximum", maximum);
  if (minimum === undefined || maximum === undefined || minimum <= maximum) return;
  throw new RangeError(`minimum (${minimum}) cannot be more than maximum (${maximum}).`);
}
