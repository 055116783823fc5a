import { BackendError, type BackendErrorCode } from "../errors/backend-error.ts";
import type { Backend, BackendHandle } from "./backend.ts";

/**
 * Keeps a backend object open at most once at a time, as the contract of {@link Backend.open} and {@link BackendHandle.close} asks. A backend has one, and
 * opens through it.
 *
 * @example
 * ```ts no-run
 * import { BaseExecutionBackend, SingleOpening, type BackendContext, type BackendHandle } from "@rhapsody/core";
 *
 * declare class Connection implements BackendHandle {
 *   static connect(context: BackendContext): Promise<Connection>;
 *   submit: BackendHandle["submit"];
 *   close: BackendHandle["close"];
 *   readonly address: string;
 * }
 *
 * export class GridBackend extends BaseExecutionBackend {
 *   readonly name = "grid";
 *   readonly capabilities = { taskKinds: ["executable"], functionKinds: [], resources: [], cancellation: "none" } as const;
 *   readonly #opening = new SingleOpening<Connection>(this);
 *
 *   open(context: BackendContext): Promise<BackendHandle> {
 *     return this.#opening.open(() => Connection.connect(context));
 *   }
 *
 *   get address(): string | undefined {
 *     return this.#opening.current?.address;
 *   }
 * }
 * ```
 */
export class SingleOpening<Handle extends BackendHandle = BackendHandle> {
  readonly #backend: Pick<Backend, "name">;
  #opening = false;
  #current: Handle | undefined;
  #closing: Promise<void> | undefined;

  /** @param backend - Whose openings these are; errors name it. */
  constructor(backend: Pick<Backend, "name">) {
    this.#backend = backend;
  }

  /** What `acquire` came to, from then on until its close is asked for; absent at any other time. */
  get current(): Handle | undefined {
    return this.#current;
  }

  /**
   * Opens the backend, once an opening before has finished closing, well or not. When `acquire` rejects the backend is not open, and may be opened again.
   *
   * Resolves to a handle over what `acquire` came to. It passes everything on, but closes once, however often that is asked for: all calls wait for the same end,
   * with the first one's grace. From the first one on, `submit` is refused with `BACKEND_CLOSED`.
   *
   * @param acquire - Acquires what the backend needs; nothing is left behind when it rejects.
   * @throws {@link BackendError} `BACKEND_IN_USE` when the backend is open or being opened; whatever `acquire` throws.
   */
  async open(acquire: () => Promise<Handle>): Promise<BackendHandle> {
    if (this.#opening || this.#current !== undefined)
      throw this.#error("BACKEND_IN_USE", "is already open; close it first");
    this.#opening = true;
    try {
      // That it did not close well is told to whoever closed it.
      await this.#closing?.catch(() => {});
      this.#current = await acquire();
      return this.#closingOnce(this.#current);
    } finally {
      this.#opening = false;
    }
  }

  #closingOnce(handle: Handle): BackendHandle {
    let closing: Promise<void> | undefined;
    const close = async (graceMs: number): Promise<void> => {
      this.#current = undefined;
      await handle.close(graceMs);
    };
    return {
      submit: async (tasks) => {
        if (closing !== undefined) throw this.#error("BACKEND_CLOSED", "is closed; open it again");
        await handle.submit(tasks);
      },
      ...(handle.cancel !== undefined && { cancel: handle.cancel.bind(handle) }),
      close: async (graceMs) => {
        closing ??= this.#closing = close(graceMs);
        await closing;
      },
    };
  }

  #error(code: BackendErrorCode, message: string): BackendError {
    return new BackendError(code, { backend: this.#backend.name, message });
  }
}
