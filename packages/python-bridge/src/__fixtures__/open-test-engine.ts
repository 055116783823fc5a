import { fileURLToPath } from "node:url";
import { enginePython } from "@rhapsody-internal/engines";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import type { BackendContext, BackendError, LogFields, TaskSpec, TaskUpdate } from "@rhapsody/core";
import { onTestFinished, vi } from "vitest";
import { openEngine, type EngineHandle, type EngineOptions } from "../index.ts";

/** The engine modules beside this file. */
export const ENGINES: string = fileURLToPath(new URL("engines", import.meta.url));

/** An engine that is open for one test, with all that it told. */
export interface TestEngine extends Recording {
  readonly handle: EngineHandle;
}

/** What a session would have been told. */
export interface Recording {
  readonly context: BackendContext;
  readonly updates: TaskUpdate[];
  readonly lines: string[];
  readonly losses: BackendError[];
  /** What `capacity` and `observe` were called with. */
  readonly told: unknown[];
  /** Resolves once `met` holds; asked after everything that is told. */
  until(met: () => boolean): Promise<void>;
}

/** A context that records what it is told. Scratch directories of the test are made in `context.workDir`. */
export function record(fields: Partial<BackendContext> = {}): Recording {
  const workDir = temporaryDirectory();
  vi.stubEnv("TMPDIR", workDir);
  onTestFinished(() => void vi.unstubAllEnvs());
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of waiters) waiter();
  };
  const recording: Omit<Recording, "context"> = {
    updates: [],
    lines: [],
    losses: [],
    told: [],
    until: (met) =>
      new Promise((resolve) => {
        const waiter = (): void => {
          if (!met()) return;
          waiters.delete(waiter);
          resolve();
        };
        waiters.add(waiter);
        waiter();
      }),
  };
  const keep =
    <T>(list: T[]) =>
    (item: T): void => {
      list.push(item);
      wake();
    };
  const log = (_: LogFields, message: string): void => keep(recording.lines)(message);
  const context: BackendContext = {
    sessionUid: "session.test",
    workDir,
    logger: { debug: log, info: log, warn: log, error: log },
    epoch: 3,
    signal: new AbortController().signal,
    environment: { SESSION: "yes" },
    report: (updates) => {
      recording.updates.push(...updates);
      wake();
    },
    capacity: keep(recording.told),
    observe: keep(recording.told),
    lost: keep(recording.losses),
    ...fields,
  };
  return { ...recording, context };
}

/** Opens an engine module and closes it when the test is over. */
export async function openTestEngine(
  module: "echo_engine" | "trouble_engine",
  options: Partial<EngineOptions> = {},
  recording: Recording = record(),
): Promise<TestEngine> {
  const handle = await openEngine(
    {
      backend: "test",
      python: await enginePython("dask"),
      requires: [],
      engine: { module, directory: ENGINES },
      settings: {},
      ...options,
    },
    recording.context,
  );
  onTestFinished(() => handle.close(0));
  return { ...recording, handle };
}

/** An attempt that calls a Python function. */
export function call(uid: string, args: readonly unknown[] = [], fields: Partial<TaskSpec> = {}): TaskSpec {
  return {
    uid,
    attempt: 1,
    epoch: 3,
    name: uid,
    priority: 0,
    resources: {},
    environment: {},
    backendOptions: {},
    work: {
      kind: "function",
      function: { kind: "python", module: "sim", name: "run" },
      args,
      capture: "memory",
      maxOutputBytes: 1024,
    },
    ...fields,
  };
}

/** Options that give attempts the kind that their `backendOptions.kind` names. */
export const KINDS: Pick<EngineOptions, "toWork"> = {
  toWork: ({ uid, backendOptions }) => ({ kind: String(backendOptions["kind"]), group: "test", work: uid, options: {} }),
};
