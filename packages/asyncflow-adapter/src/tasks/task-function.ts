import type { Caller } from "../engine/caller.ts";
import type { Arg, Args } from "../handle/arg.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import type { FlowOutcome } from "../handle/outcome.ts";
import type { FlowKind } from "../node/flow-node.ts";
import type { FlowWork } from "../node/recipe.ts";
import type { CallOptions } from "../options/flow-task-options.ts";
import { overlay, toSettings, type AnyOptions, type Settings } from "../options/settings.ts";
import { mapCalls, type MapOptions } from "./map-calls.ts";

/** A function of which calls are tasks. `A` are the types of its parameters, `R` that of its value, `O` its options. */
export interface TaskFunction<A extends readonly unknown[], R, O = CallOptions<R>> {
  /**
   * Makes a task of a call, and returns its handle at once. Handles in the arguments, at any depth, are waited for and stand for their values.
   *
   * @throws EngineClosedError when the engine is closed. All other failures are the handle's.
   */
  (...args: Args<A>): FlowHandle<R>;

  /**
   * The same function with other options; those not named stay, environments are merged.
   *
   * @throws OptionsError, or FlowError `FLOW_BACKEND_UNKNOWN` or `FLOW_BACKEND_UNSUITABLE`.
   */
  with(options: O): TaskFunction<A, R, O>;

  /**
   * Calls the function for each item, of a list or of one that is not there yet, and gives the values in the order of the items.
   *
   * The first failure fails the whole and cancels what is left.
   */
  map(items: Arg<readonly A[0][]>, options?: MapOptions & { readonly settle?: false | undefined }): FlowHandle<R[]>;
  /** Calls the function for each item, and gives outcomes in the order of the items: failures are among them, and cancel nothing. */
  map(items: Arg<readonly A[0][]>, options: MapOptions & { readonly settle: true }): FlowHandle<FlowOutcome<R>[]>;
}

/** What a task function is made from. */
export interface Definition {
  readonly kind: FlowKind;
  readonly options: AnyOptions;
  /** Name of the user's function. */
  readonly name: string;
  readonly work: FlowWork;
  /** @throws FlowError when the backend that the options name will not do. */
  readonly check: (options: AnyOptions) => void;
}

/** @throws TypeError when what a task function is to be made of is no function. */
export function checkBody(maker: string, body: unknown): void {
  if (typeof body === "function") return;
  throw new TypeError(`${maker}: give a function, not ${body === null ? "null" : typeof body}`);
}

/** A function of which calls are tasks. */
export function taskFunction<A extends readonly unknown[], R, O>(
  definition: Definition,
  caller: Caller,
  limit?: Settings["limit"],
): TaskFunction<A, R, O> {
  const { kind, options, work, check } = definition;
  check(options);
  const settings = { ...toSettings(options), ...(limit !== undefined && { limit }) };
  const name = options.name ?? (definition.name === "" ? undefined : definition.name);
  const call = (...args: readonly unknown[]): FlowHandle<R> =>
    new FlowHandle(caller.call({ kind, name, settings, args, work }));
  const members = {
    with: (over: AnyOptions): TaskFunction<A, R, O> => {
      const shared = over.concurrency === undefined ? settings.limit : undefined;
      return taskFunction({ ...definition, options: overlay(options, over) }, caller, shared);
    },
    map: (items: unknown, how: MapOptions = {}) => mapCalls(caller, { call, items, name: name ?? kind, how }),
  };
  // The types of the calls were given with the user's function.
  return Object.assign(call, members) as unknown as TaskFunction<A, R, O>;
}
