import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import {
  BackendError,
  BaseExecutionBackend,
  SingleOpening,
  type BackendCapabilities,
  type BackendContext,
  type BackendHandle,
} from "@rhapsody/core";
import { parseBackendOptions, type ConcurrentBackendOptions, type Settings } from "../options/backend-options.ts";
import { toBudget, type Budget } from "../resources/budget.ts";
import { thisMachine } from "../resources/machine.ts";
import { OpenedBackend } from "./opened-backend.ts";
import { toCapabilities } from "./to-capabilities.ts";

/**
 * Runs tasks on this machine: programs as process trees of their own, functions of modules in worker threads or processes, closures on the
 * event loop.
 *
 * Building one looks at nothing and starts nothing. What the machine has is looked up when `capabilities` is first read; helper process and
 * workers start with the first task that needs them.
 *
 * A program gets its slots by the session's resource-aware dispatch: `capabilities.capacity` is what there is, and a program or a function of a
 * module takes one core, a closure none, unless the task says otherwise. GPUs given to a task are named in its `CUDA_VISIBLE_DEVICES` or
 * `ROCR_VISIBLE_DEVICES`, unless the task's own environment sets these.
 */
export class ConcurrentExecutionBackend extends BaseExecutionBackend {
  readonly name: string;
  readonly #settings: Settings;
  readonly #opening = new SingleOpening(this);
  #budget: Budget | undefined;
  #capabilities: BackendCapabilities | undefined;

  /** @throws `OptionsError` that lists every problem. */
  constructor(options: ConcurrentBackendOptions = {}) {
    super();
    this.#settings = parseBackendOptions(options);
    this.name = this.#settings.name;
  }

  /** What it takes, and how much at a time. The first read may run `nvidia-smi`, unless `resources.gpus` is `0`. */
  get capabilities(): BackendCapabilities {
    return (this.#capabilities ??= toCapabilities(this.#settings, this.#measure()));
  }

  /**
   * Opens the backend; a backend that is being closed is opened once it is closed.
   *
   * @throws `BackendError` with code `BACKEND_IN_USE` when it is open; `BACKEND_UNAVAILABLE` when `captureDir` cannot be made.
   */
  async open(context: BackendContext): Promise<BackendHandle> {
    return await this.#opening.open(async () => {
      const captureDir = await this.#makeCaptureDir(context.workDir);
      return new OpenedBackend({ settings: this.#settings, budget: this.#measure(), context, captureDir });
    });
  }

  #measure(): Budget {
    return (this.#budget ??= toBudget(this.#settings, thisMachine));
  }

  async #makeCaptureDir(workDir: string): Promise<string> {
    const captureDir = resolve(this.#settings.captureDir ?? workDir);
    try {
      await mkdir(captureDir, { recursive: true });
      return captureDir;
    } catch (cause) {
      const how = cause instanceof Error ? cause.message : String(cause);
      const message = `the directory for captured output cannot be made: ${how}; choose another captureDir`;
      throw new BackendError("BACKEND_UNAVAILABLE", { backend: this.name, message, cause });
    }
  }
}
