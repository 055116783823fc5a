import { OptionsError } from "@rhapsody/core";
import { z } from "zod";

/** Options of `ConcurrentExecutionBackend`. */
export interface ConcurrentBackendOptions {
  /** Routing key, unique in a session. @defaultValue `"concurrent"` */
  readonly name?: string | undefined;
  /**
   * Most tasks at a time, of all kinds together; at least 1.
   * @defaultValue what the resources allow; programs and workers beyond what the limits of descriptors and processes allow wait their turn
   */
  readonly maxConcurrency?: number | undefined;
  /** What there is to share out among tasks. Absent fields are detected. */
  readonly resources?: ConcurrentResources | undefined;
  /**
   * Where functions of modules run: in worker threads of this process, or in processes of their own, which can have a working directory, survive a crash
   * of native code, and are killed with everything they started. @defaultValue `"thread"`
   */
  readonly isolation?: "thread" | "process" | undefined;
  /**
   * Path of the Python for Python functions, or a name to look up in `PATH`; 3.10 or newer.
   * @defaultValue the variable `RHAPSODY_PYTHON`, the active virtual environment, or `python3` in `PATH`
   */
  readonly python?: string | undefined;
  /** Time between asking a task to stop and killing it, in milliseconds; `0` kills at once. @defaultValue 5,000 */
  readonly graceMs?: number | undefined;
  /** Directory for the output of tasks with `capture: "file"`; made when missing. @defaultValue the session's work directory */
  readonly captureDir?: string | undefined;
}

/** What a backend has to share out. */
export interface ConcurrentResources {
  /** Cores. @defaultValue those that affinity and control groups leave to this process, but at least `maxConcurrency` if that is given */
  readonly cores?: number | undefined;
  /** GPUs. @defaultValue those that `nvidia-smi` or `rocm-smi` lists and `CUDA_VISIBLE_DEVICES` or `ROCR_VISIBLE_DEVICES` shows */
  readonly gpus?: number | undefined;
  /** Main memory, in bytes. @defaultValue that of the machine, or what control groups leave of it */
  readonly memoryBytes?: number | undefined;
}

/** {@link ConcurrentBackendOptions} after defaults. */
export interface Settings {
  readonly name: string;
  readonly maxConcurrency?: number | undefined;
  readonly resources: ConcurrentResources;
  readonly isolation: "thread" | "process";
  readonly python?: string | undefined;
  readonly graceMs: number;
  readonly captureDir?: string | undefined;
}

const DEFAULT_GRACE_MS = 5_000;

const settingsSchema: z.ZodType<Settings, ConcurrentBackendOptions> = z.strictObject({
  name: z.string().min(1).default("concurrent"),
  maxConcurrency: z.int().positive().optional(),
  resources: z
    .strictObject({
      cores: z.number().positive().optional(),
      gpus: z.int().nonnegative().optional(),
      memoryBytes: z.int().positive().optional(),
    })
    .default({}),
  isolation: z.enum(["thread", "process"]).default("thread"),
  python: z.string().min(1).optional(),
  graceMs: z.number().nonnegative().default(DEFAULT_GRACE_MS),
  captureDir: z.string().min(1).optional(),
});

/** @throws `OptionsError` that lists every problem. */
export function parseBackendOptions(options: ConcurrentBackendOptions): Settings {
  const result = settingsSchema.safeParse(options);
  if (result.success) return result.data;
  throw new OptionsError(`ConcurrentExecutionBackend: ${z.prettifyError(result.error)}`, { cause: result.error });
}
