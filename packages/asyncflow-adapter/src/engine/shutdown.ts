import { FlowError } from "../errors/flow-error.ts";
import { label } from "../errors/task-errors.ts";
import { toMs, type Duration } from "../options/duration.ts";
import type { Caller } from "./caller.ts";
import { reasonOf } from "./reason-of.ts";

/** How to shut down. */
export interface ShutdownOptions {
  /** `cancel`: stop what is not done. `drain`: finish everything first; blocks that run may go on to call. @defaultValue `"cancel"` */
  readonly mode?: "cancel" | "drain" | undefined;
  /** How long a drain waits before what is left is cancelled. @defaultValue unlimited */
  readonly timeout?: Duration | undefined;
}

/** What a shutdown is made of. */
export interface ShutdownParts {
  readonly caller: Caller;
  /** True when the session is the engine's to close. */
  readonly owned: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Brings an engine to its end. */
export class Shutdown {
  readonly #caller: Caller;
  readonly #owned: boolean;
  readonly #stopListening: () => void;
  readonly #hurry = Promise.withResolvers<void>();
  #ended: Promise<void> | undefined;
  /** What is told to those that are cancelled. */
  #reason = "the engine was shut down";

  constructor({ caller, owned, signal }: ShutdownParts) {
    this.#caller = caller;
    this.#owned = owned;
    const stop = (): void => {
      if (signal !== undefined) this.#reason = reasonOf(signal);
      void this.run({}).catch((error: unknown) => this.#complain(error));
    };
    signal?.addEventListener("abort", stop, { once: true });
    this.#stopListening = () => signal?.removeEventListener("abort", stop);
  }

  async drain(timeout: Duration | undefined): Promise<void> {
    this.#refuseInBlock("drain");
    if (await this.#idleWithin(timeout)) return;
    const { unsettled } = this.#caller.ledger;
    const message = `[${this.#caller.uid}] not done in ${String(timeout)}: ${unsettled} of the calls; they go on`;
    throw new FlowError("FLOW_DRAIN_TIMEOUT", message);
  }

  async run({ mode = "cancel", timeout }: ShutdownOptions): Promise<void> {
    const ms = toMs("timeout", timeout);
    if (mode === "drain") this.#refuseInBlock("shutdown");
    if (mode === "cancel") this.#hurry.resolve();
    this.#ended ??= this.#run(mode, ms);
    await this.#ended;
  }

  async #run(mode: "cancel" | "drain", timeout: Duration | undefined): Promise<void> {
    const caller = this.#caller;
    caller.phase = mode === "drain" ? "draining" : "closed";
    if (mode === "drain") await Promise.race([this.#idleWithin(timeout), this.#hurry.promise]);
    caller.phase = "closed";
    this.#stopListening();
    await caller.cancel(
      [...caller.ledger.nodes].filter(({ outcome }) => outcome === undefined),
      this.#reason,
    );
    caller.ledger.tellUnseen();
    try {
      if (this.#owned) await caller.session.close();
    } finally {
      caller.close();
    }
  }

  #refuseInBlock(what: string): void {
    const { block } = this.#caller.scope();
    if (block === undefined) return;
    const message = `[${label(block)}] ${what} inside of a block: it would wait for the block itself`;
    throw new FlowError("FLOW_HANDLE_CYCLE", message);
  }

  /** True when no call is unsettled in time. */
  async #idleWithin(timeout: Duration | undefined): Promise<boolean> {
    const idle = this.#caller.ledger.idle().then(() => true);
    const ms = toMs("timeout", timeout);
    if (ms === undefined) return await idle;
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), ms);
    return await Promise.race([idle, late.promise]).finally(() => clearTimeout(timer));
  }

  #complain(error: unknown): void {
    const { session, uid } = this.#caller;
    session.logger.error({ session: session.uid, engine: uid, error }, "the engine did not shut down in order");
  }
}
