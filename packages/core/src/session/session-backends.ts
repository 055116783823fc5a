import type { Backend } from "../backend/backend.ts";
import { claimBackend, releaseBackend } from "../backend/claim.ts";
import { getBackend } from "../discovery/get-backend.ts";
import { BackendError } from "../errors/backend-error.ts";
import { messageOf } from "../errors/message-of.ts";
import { SessionError } from "../errors/session-error.ts";
import type { Scheduler } from "./scheduler.ts";

/** The backend of sessions that are given none. */
const DEFAULT_BACKEND = "concurrent";

/** The backends that a session holds, until it closes. */
export class SessionBackends {
  readonly #sessionUid: string;
  readonly #scheduler: Scheduler;
  readonly #claimed = new Set<Backend>();
  /** False when the user gave a list, even an empty one. */
  readonly #mayDefault: boolean;
  #default: Promise<void> | undefined;

  /** @throws {@link BackendError} as {@link SessionBackends.add} does. */
  constructor(sessionUid: string, scheduler: Scheduler, backends: readonly Backend[] | undefined) {
    this.#sessionUid = sessionUid;
    this.#scheduler = scheduler;
    this.#mayDefault = backends === undefined;
    this.add(backends ?? []);
  }

  /**
   * Takes backends in, all or none.
   *
   * @throws {@link BackendError} `BACKEND_IN_USE` when one serves a session already, or its name is taken; `BACKEND_CONTRACT` when it follows none that is known.
   */
  add(backends: readonly Backend[]): void {
    const names = new Set(this.#scheduler.lanes.keys());
    const claimed: Backend[] = [];
    try {
      for (const backend of backends) {
        claimBackend(backend, this.#sessionUid);
        claimed.push(backend);
        if (names.has(backend.name)) throw nameTaken(backend);
        names.add(backend.name);
      }
    } catch (error) {
      claimed.forEach(releaseBackend);
      throw error;
    }
    for (const backend of claimed) {
      this.#claimed.add(backend);
      this.#scheduler.addBackend(backend);
    }
  }

  /**
   * Takes the default backend in when the user gave none.
   *
   * @throws {@link SessionError} `SESSION_NO_BACKEND` when there is none to be had.
   */
  async ensure(): Promise<void> {
    if (this.#scheduler.lanes.size > 0) return;
    this.#default ??= this.#addDefault().finally(() => (this.#default = undefined));
    await this.#default;
  }

  /** Gives all backends back, for other sessions to use. */
  release(): void {
    this.#claimed.forEach(releaseBackend);
    this.#claimed.clear();
  }

  async #addDefault(): Promise<void> {
    if (!this.#mayDefault) {
      const message = "[session] no backends: `backends` is an empty list; leave it out for the default one";
      throw new SessionError("SESSION_NO_BACKEND", message);
    }
    try {
      this.add([await getBackend(DEFAULT_BACKEND)]);
    } catch (cause) {
      const how = messageOf(cause);
      const message = `[session] no backends given, and the default one cannot be used: ${how}`;
      throw new SessionError("SESSION_NO_BACKEND", message, { cause });
    }
  }
}

function nameTaken({ name }: Backend): BackendError {
  const message = "the session already has a backend of this name: give one of them another `name`";
  return new BackendError("BACKEND_IN_USE", { backend: name, message });
}
