import type { ModuleFunction, PythonFunction } from "@rhapsody/core";
import type { Settings } from "../options/settings.ts";
import type { FlowKind, FlowNode } from "./flow-node.ts";

/** What the tasks of a node are built from. */
export interface Recipe {
  readonly kind: FlowKind;
  readonly name: string | undefined;
  readonly settings: Settings;
  /** Arguments of the call, in which handles may stand. */
  readonly args: readonly unknown[];
  readonly work: FlowWork;
}

/** What a node does. */
export type FlowWork =
  | { readonly kind: "function"; readonly call: AnyFunction | ModuleFunction | PythonFunction }
  | { readonly kind: "executable"; readonly body: AnyFunction; readonly shell: boolean; readonly full: boolean }
  | { readonly kind: "prompt"; readonly body: AnyFunction; readonly prompt: PromptSettings }
  | { readonly kind: "orchestrated"; readonly call: (node: FlowNode, args: readonly unknown[]) => unknown };

/** What a prompt is asked with, and what its answer has to be. */
export interface PromptSettings {
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly schema: StandardSchema<unknown> | undefined;
}

/** A schema of any library that follows the Standard Schema specification (standardschema.dev), version 1. `T` is its output. */
export interface StandardSchema<T> {
  /** All that the specification asks for. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Says what it makes of a value. */
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** What a {@link StandardSchema} says of a value. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/** A function whose parameters were checked where it was given. */
export type AnyFunction = (...args: unknown[]) => unknown;
