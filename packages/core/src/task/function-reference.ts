/** Any function that can be the work of a task. */
// Parameters are contravariant: `never[]` is what every function type is assignable to.
export type Callable = (...args: never[]) => unknown;

declare const result: unique symbol;

/**
 * A function exported by a JavaScript or TypeScript module, run in a worker thread or process.
 *
 * `F` is the function's type; it exists for inference only.
 */
export interface ModuleFunction<F extends Callable = Callable> {
  readonly kind: "module";
  /** Absolute URL of the module, e.g. `file:///home/ada/sim.js`. */
  readonly url: string;
  /** Name of the export. */
  readonly name: string;
  /** Phantom: never present at run time. */
  readonly [result]?: F;
}

/** A function of an importable Python module, run by a backend that has Python. `R` is its result's type. */
export interface PythonFunction<R = unknown> {
  readonly kind: "python";
  /** Import path of the module, e.g. `"numpy.linalg"`. */
  readonly module: string;
  /** Name within the module, dots for attributes, e.g. `"norm"`. */
  readonly name: string;
  /** Phantom: never present at run time. */
  readonly [result]?: R;
}

/** Names of the exports of module `M` that are functions. */
export type FunctionExport<M> = { [K in keyof M]: M[K] extends Callable ? K : never }[keyof M] & string;

/**
 * Refers to a function that a module exports, without importing the module here.
 *
 * A module of your own is `moduleFunction<typeof import("./sim.js")>(new URL("./sim.js", import.meta.url), "simulate")`.
 *
 * @example
 * ```ts
 * import { ComputeTask, moduleFunction } from "@rhapsody/core";
 *
 * const basename = moduleFunction<typeof import("node:path")>("node:path", "basename");
 * const name = new ComputeTask({ function: basename, args: ["/data/flights.csv", ".csv"] });
 * ```
 *
 * @param url - The module's URL (`file:`, `data:` or `node:`); build it with `import.meta.url`.
 * @param name - Name of the export; the module's type `M` says which there are.
 * @throws TypeError when `url` is not an absolute URL or `name` is empty.
 */
export function moduleFunction<M, K extends FunctionExport<M> = FunctionExport<M>>(
  url: URL | string,
  name: K,
): ModuleFunction<M[K] extends Callable ? M[K] : never> {
  if (name.length === 0) throw new TypeError("moduleFunction: the name of the export is empty");
  return { kind: "module", url: new URL(url).href, name };
}

const PYTHON_REFERENCE = /^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)$/;

/**
 * Refers to a Python function by `"module:function"`, e.g. `"numpy.linalg:norm"`.
 *
 * The form is that of Python entry points (packaging.python.org, "Entry points specification").
 *
 * @throws TypeError when `reference` has another form.
 */
export function pythonFunction<R = unknown>(reference: string): PythonFunction<R> {
  const [, module, name] = PYTHON_REFERENCE.exec(reference) ?? [];
  if (module === undefined || name === undefined) {
    throw new TypeError(`pythonFunction: expected "module:function", got ${JSON.stringify(reference)}`);
  }
  return { kind: "python", module, name };
}
