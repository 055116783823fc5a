import type { ModuleFunction, PythonFunction, StandardSchema } from "@rhapsody/core";
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

/** A function whose parameters were checked where it was given. */
export type AnyFunction = (...args: unknown[]) => unknown;
