import type { TaskHandle } from "@rhapsody/core";
import type { FlowHandle } from "./flow-handle.ts";

type Function = (...args: never[]) => unknown;

/** Taken whole: no handle is looked for inside. */
type Leaf =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Function
  | Date
  | RegExp
  | Error
  | URL
  | ArrayBuffer
  | ArrayBufferView
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>;

/**
 * A value, a handle to it (of an engine or of the session), or a plain list or record that has handles inside.
 *
 * Handles are looked for at any depth at run time; the type goes four levels down, so that recursive types stay finite. Below, a handle has to be that of
 * the whole part.
 */
export type Arg<T, Depth extends readonly 1[] = [1, 1, 1, 1]> =
  | T
  | FlowHandle<T>
  | TaskHandle<T>
  | (Depth extends readonly [1, ...infer Rest extends readonly 1[]] ? Parts<T, Rest> : never);

type Parts<T, Rest extends readonly 1[]> = T extends Leaf
  ? never
  : T extends object
    ? { [K in keyof T]: Arg<T[K], Rest> }
    : never;

/** Arguments in which handles stand for values. */
export type Args<A extends readonly unknown[]> = { [K in keyof A]: Arg<A[K]> };

/** The type of the value that an argument stands for. */
export type Resolved<T> = T extends FlowHandle<infer V> ? V : T extends TaskHandle<infer V> ? V : T;
