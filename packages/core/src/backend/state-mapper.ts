import { OptionsError } from "../errors/options-error.ts";
import { TasksMainStates, type TasksMainState } from "./tasks-main-states.ts";

/** An engine's own names for the main states; several names may mean one state, the first is used on the way back. */
export type NativeStates<S extends string = string> = Readonly<Record<TasksMainState, S | readonly [S, ...S[]]>>;

/**
 * Translates between an engine's own task states and {@link TasksMainStates}. Pure: it keeps no registry.
 *
 * @example
 * ```ts
 * import { StateMapper } from "@rhapsody/core";
 *
 * const mapper = new StateMapper("my-engine", { RUNNING: "EXEC", DONE: "OK", FAILED: ["ERR", "LOST"], CANCELED: "KILLED" });
 * console.log(mapper.toMainState("LOST"), mapper.toNativeState("FAILED")); // FAILED ERR
 * ```
 */
export class StateMapper<S extends string = string> {
  /** Name of the backend, for error messages. */
  readonly backend: string;

  readonly #toMain: ReadonlyMap<string, TasksMainState>;
  readonly #toNative: ReadonlyMap<TasksMainState, S>;

  /**
   * @param backend - The backend, or its name.
   * @param states - The engine's names. Absent: the main states' own.
   * @throws {@link OptionsError} when one native name stands for two main states.
   */
  constructor(backend: string | { readonly name: string }, states?: NativeStates<S>) {
    this.backend = typeof backend === "string" ? backend : backend.name;
    const toMain = new Map<string, TasksMainState>();
    const toNative = new Map<TasksMainState, S>();
    for (const main of mainStates) {
      // Without a table the two vocabularies are one, so S is TasksMainState.
      const names = (states?.[main] ?? main) as S | readonly [S, ...S[]];
      for (const name of typeof names === "string" ? [names] : names) {
        const other = toMain.get(name);
        if (other !== undefined) {
          throw new OptionsError(`[${this.backend}] native state "${name}" stands for both ${other} and ${main}`);
        }
        toMain.set(name, main);
        if (!toNative.has(main)) toNative.set(main, name);
      }
    }
    this.#toMain = toMain;
    this.#toNative = toNative;
  }

  /** The main state that a native state stands for, or `undefined` for one that has no counterpart, such as a queued state. */
  toMainState(native: string): TasksMainState | undefined {
    return this.#toMain.get(native);
  }

  /** The engine's name for a main state. */
  toNativeState(main: TasksMainState): S {
    const native = this.#toNative.get(main);
    if (native === undefined) throw new TypeError(`[${this.backend}] "${String(main)}" is no main state`);
    return native;
  }

  /** The engine's names for states that a task never leaves. */
  get terminalStates(): readonly string[] {
    return [...this.#toMain].filter(([, main]) => main !== "RUNNING").map(([native]) => native);
  }
}

// Object.keys is typed string[]; the constant has exactly these keys.
const mainStates = Object.keys(TasksMainStates) as TasksMainState[];
