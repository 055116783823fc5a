import { CStrings, CVector } from "./c-strings.ts";
import type { Libc } from "./libc.ts";

/** The environment that all processes share, laid out once as C strings; each process adds its own variables. */
export class EnvironmentBlock {
  readonly #strings: CStrings;
  readonly #base = new CVector();
  readonly #positions = new Map<string, number>();

  constructor(libc: Libc, environment: Readonly<Record<string, string>>) {
    this.#strings = new CStrings(libc);
    const variables = Object.entries(environment);
    this.#strings.reset(variables.map(([name, value]) => `${name}=${value}`));
    for (const [name, value] of variables) {
      this.#positions.set(name, this.#base.length);
      this.#base.push(this.#strings.add(`${name}=${value}`));
    }
  }

  /** Fills `vector` with the shared environment, `variables` set over it; their strings are stored in `strings`. */
  fill(vector: CVector, variables: readonly (readonly [name: string, value: string])[], strings: CStrings): void {
    vector.assign(this.#base);
    for (const [name, value] of variables) {
      const position = this.#positions.get(name);
      const address = strings.add(`${name}=${value}`);
      if (position === undefined) vector.push(address);
      else vector.set(position, address);
    }
  }
}
