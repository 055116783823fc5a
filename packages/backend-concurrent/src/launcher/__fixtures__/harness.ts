import { openLauncher, type Launcher } from "../launcher.ts";
import type { LauncherEvent, ProcessExit } from "../launcher-event.ts";
import type { OutputTarget, ProcessRequest } from "../process-request.ts";
import type { EngineChoice } from "../protocol/message.ts";

export const MEMORY: OutputTarget = { kind: "memory", maxBytes: 64 * 1_048_576 };

/** How a process ended, with what it printed as text. */
export interface Outcome {
  readonly exit: ProcessExit;
  readonly stdout: string;
  readonly stderr: string;
}

/** A launcher whose events can be waited for. */
export class Harness implements AsyncDisposable {
  readonly events: LauncherEvent[] = [];
  readonly lost: Promise<Error>;
  launcher!: Launcher;
  #lastId = 0;
  #waits: { readonly find: (event: LauncherEvent) => boolean; readonly found: (event: LauncherEvent) => void }[] = [];

  private constructor(lost: Promise<Error>) {
    this.lost = lost;
  }

  static async open(engine: EngineChoice): Promise<Harness> {
    const { promise, resolve } = Promise.withResolvers<Error>();
    const harness = new Harness(promise);
    harness.launcher = await openLauncher({ engine, onEvents: (events) => harness.#take(events), onLost: resolve });
    return harness;
  }

  /** Starts a program that is described in part; returns its id. */
  start(request: Partial<ProcessRequest> & Pick<ProcessRequest, "executable">): number {
    const id = (this.#lastId += 1);
    this.launcher.start([{ id, arguments: [], environment: {}, stdout: MEMORY, stderr: MEMORY, ...request }]);
    return id;
  }

  /** Starts a script of the shell. */
  sh(script: string, request: Partial<ProcessRequest> = {}): number {
    return this.start({ executable: "/bin/sh", arguments: ["-c", script], ...request });
  }

  /** The last event of a process. */
  async end(id: number): Promise<LauncherEvent> {
    return this.wait((event) => event.id === id && event.type !== "started");
  }

  /** Runs a program to its end. */
  async run(request: Partial<ProcessRequest> & Pick<ProcessRequest, "executable">): Promise<Outcome> {
    return toOutcome(await this.end(this.start(request)));
  }

  /** Runs a script of the shell to its end. */
  async runSh(script: string, request: Partial<ProcessRequest> = {}): Promise<Outcome> {
    return toOutcome(await this.end(this.sh(script, request)));
  }

  /** The first event, past or to come, that fits. */
  async wait(find: (event: LauncherEvent) => boolean): Promise<LauncherEvent> {
    const past = this.events.find(find);
    if (past !== undefined) return past;
    return new Promise((found) => this.#waits.push({ find, found }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.launcher.close(0);
  }

  #take(events: readonly LauncherEvent[]): void {
    this.events.push(...events);
    for (const event of events) {
      for (const { find, found } of this.#waits) if (find(event)) found(event);
    }
    this.#waits = this.#waits.filter(({ find }) => !events.some(find));
  }
}

function toOutcome(event: LauncherEvent): Outcome {
  if (event.type !== "exited") throw new Error(`not run: ${JSON.stringify(event)}`);
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
  return { exit: event, stdout: text(event.stdout?.bytes), stderr: text(event.stderr?.bytes) };
}
