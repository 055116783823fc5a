import { MARKER_VARIABLE } from "../protocol/message.ts";

/**
 * The number of the request that a process belongs to, by the marker in its environment; `undefined` when it is of no task of
 * this launcher. A nested launcher's processes carry the outer marker first: `outer:7/inner:3`.
 */
export function requestIdInEnvironment(environ: string, marker: string): number | undefined {
  const prefix = `${MARKER_VARIABLE}=${marker}:`;
  const start = environ.startsWith(prefix) ? 0 : environ.indexOf(`\0${prefix}`) + 1;
  if (start === 0 && !environ.startsWith(prefix)) return undefined;
  const id = Number.parseInt(environ.slice(start + prefix.length), 10);
  return Number.isNaN(id) ? undefined : id;
}
