import { OptionsError } from "@rhapsody/core";
import type { Caller } from "../engine/caller.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import { toSettings } from "../options/settings.ts";

/** How to map. */
export interface MapOptions {
  /** Most calls at a time. @defaultValue all */
  readonly concurrency?: number | undefined;
  /** True to get outcomes, and to go on after failures. @defaultValue `false` */
  readonly settle?: boolean | undefined;
}

interface Mapping {
  readonly call: (item: unknown) => FlowHandle<unknown>;
  /** A list, or a handle of one. */
  readonly items: unknown;
  readonly name: string;
  readonly how: MapOptions;
}

/** Calls a function for each item, as members of a block of their own. */
export function mapCalls(caller: Caller, { call, items, name, how }: Mapping): FlowHandle<unknown> {
  const { concurrency = Infinity, settle = false, ...unknown } = how;
  if (concurrency !== Infinity && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new OptionsError(`[flow] map: concurrency must be a whole number of at least 1, not ${concurrency}`);
  }
  const [misnamed] = Object.keys(unknown);
  if (misnamed !== undefined) throw new OptionsError(`[flow] map: there is no option ${JSON.stringify(misnamed)}`);
  const one = (item: unknown): PromiseLike<unknown> => (settle ? call(item).settled() : call(item));
  const body = (list: readonly unknown[]): Promise<unknown[]> => mapBounded(list, concurrency, one);
  // Handles in a list are left to the calls, which then wait for their own item only.
  const known = Array.isArray(items) ? (items as readonly unknown[]) : undefined;
  const work = caller.blockWork(known === undefined ? (list) => body(asList(list)) : () => body(known));
  const args = known === undefined ? [items] : [];
  return new FlowHandle(caller.call({ kind: "map", name: `${name}.map`, settings: PLAIN, args, work }));
}

const PLAIN = toSettings({});

async function mapBounded(
  list: readonly unknown[],
  concurrency: number,
  one: (item: unknown) => PromiseLike<unknown>,
): Promise<unknown[]> {
  if (list.length <= concurrency) return await Promise.all(list.map(one));
  const values: unknown[] = Array.from({ length: list.length });
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < list.length && !failed) {
      const index = next;
      next += 1;
      try {
        values[index] = await one(list[index]);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return values;
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new TypeError(`map: the items must be a list, not ${value === null ? "null" : typeof value}`);
}
