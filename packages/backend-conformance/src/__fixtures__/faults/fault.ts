import type {
  Backend,
  BackendCapabilities,
  BackendContext,
  BackendHandle,
  ExecutableWork,
  TaskSpec,
  TaskUpdate,
  TaskWork,
} from "@rhapsody/core";
import type { WorkKind } from "../../suite/conformance-options.ts";

/** One way for a backend to break the contract, and the tests that must notice. */
export interface Fault {
  /** What the broken backend does. */
  readonly what: string;
  /** Kinds of work that it runs; the fewer, the faster the suite. */
  readonly kinds: readonly (WorkKind | "embedding")[];
  /** Topics, or single tests, that are run, where the others would take long and show nothing more. @defaultValue all */
  readonly topics?: readonly string[];
  /** How long a test waits for what never comes, in milliseconds. @defaultValue 5,000 */
  readonly timeoutMs?: number;
  readonly breaks: (backend: Backend) => Backend;
  /** Ids of the tests, or groups of tests, that fail, no more and no fewer. */
  readonly fails: readonly string[];
  /** Ids of tests that depend on a race which the fault cannot decide. */
  readonly mayFail?: readonly string[];
}

/** Topics, for a fault of closures and prompts as of programs, without those that only programs have. */
export const apartFromPrograms: readonly string[] = [
  "contract",
  "life-cycle",
  "submit",
  "states",
  "function-values",
  "function-failures",
  "function-context",
  "prompts",
  "cancel",
  "cancel-functions",
  "close/running",
  "close/during-submit",
  "close/detached",
  "volume",
  "session",
];

/** Capabilities of a backend that runs some kinds of work only. */
export function capabilitiesFor(kinds: Fault["kinds"]): Partial<BackendCapabilities> {
  const functionKinds = kinds.filter((kind) => kind === "inline" || kind === "module" || kind === "python");
  const others = kinds.filter((kind) => kind === "executable" || kind === "prompt" || kind === "embedding");
  return { taskKinds: functionKinds.length > 0 ? [...others, "function"] : others, functionKinds };
}

/** The backend with some of its members replaced. */
export function changed(backend: Backend, members: { readonly [K in keyof Backend]?: unknown }): Backend {
  const { contract, name, capabilities } = backend;
  // Some members are deliberately not what the contract says.
  return {
    contract,
    name,
    capabilities,
    open: (context: BackendContext) => backend.open(context),
    ...members,
  } as Backend;
}

/** Replaces every update by others. */
export function changeUpdates(
  change: (update: TaskUpdate, context: BackendContext) => readonly TaskUpdate[],
): Fault["breaks"] {
  return (backend) =>
    changed(backend, {
      open: (context: BackendContext) =>
        backend.open({
          ...context,
          report: (updates) => context.report(updates.flatMap((update) => change(update, context))),
        }),
    });
}

/** Replaces members of the handle. */
export function changeHandle(
  change: (handle: BackendHandle, context: BackendContext) => Partial<BackendHandle>,
): Fault["breaks"] {
  return (backend) =>
    changed(backend, {
      open: async (context: BackendContext): Promise<BackendHandle> => {
        const handle = await backend.open(context);
        const whole: BackendHandle = {
          submit: (tasks) => handle.submit(tasks),
          cancel: async (attempts, reason) => (await handle.cancel?.(attempts, reason)) ?? [],
          close: (graceMs) => handle.close(graceMs),
        };
        return { ...whole, ...change(whole, context) };
      },
    });
}

/** Replaces every task that is handed over. */
export function changeSpecs(change: (spec: TaskSpec) => TaskSpec): Fault["breaks"] {
  return changeHandle((handle) => ({ submit: (tasks) => handle.submit(tasks.map(change)) }));
}

/** Replaces the work of every program. */
export function changePrograms(change: (work: ExecutableWork) => TaskWork): Fault["breaks"] {
  return changeSpecs((spec) => (spec.work.kind === "executable" ? { ...spec, work: change(spec.work) } : spec));
}

/** Runs every program as an argument of a shell script, in which `"$@"` is the program. */
export function inScript(script: string): Fault["breaks"] {
  return changePrograms((work) => ({
    ...work,
    executable: "/bin/sh",
    arguments: ["-c", script, "sh", work.executable, ...work.arguments],
  }));
}
