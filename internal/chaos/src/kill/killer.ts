import type { Message } from "../host/message.ts";
import type { Disk } from "./disk.ts";
import { Occurrences } from "./occurrences.ts";
import { isSuicide, type Act, type Deed, type Moment } from "./plan.ts";
import { processesOf, type Role } from "./processes.ts";

/** How long it waits for a process to kill when there is none. */
const LOOK_AGAIN_MS = 20;

/** A host as the killer needs it. */
export interface Victim {
  readonly pid: number;
  /** Lets its clock jump. */
  jump(ms: number): void;
}

/** What a killer is made of. */
export interface KillerParts {
  readonly round: string;
  readonly disk: Disk;
  readonly acts: readonly Act[];
  /** Picks one of so many. */
  readonly pick: (count: number) => number;
}

/** Something that was done. */
export interface Done {
  readonly deed: Deed["kind"];
  /** Since the start of the life, in milliseconds. */
  readonly ms: number;
  readonly pid?: number;
}

/** Does to one host what its plan says, by the clock and by what the host tells. */
export class Killer {
  readonly done: Done[] = [];
  readonly #parts: KillerParts;
  readonly #victim: Victim;
  readonly #begin = performance.now();
  readonly #occurrences = new Occurrences();
  readonly #timers = new Set<NodeJS.Timeout>();
  #over = false;

  constructor(victim: Victim, parts: KillerParts) {
    this.#victim = victim;
    this.#parts = parts;
    this.#happened({ event: "start", count: 1 });
  }

  /** True once the host was killed or asked to leave. */
  get ended(): boolean {
    return this.done.some(({ deed }) => deed === "host" || deed === "terminate");
  }

  hear(message: Message): void {
    for (const occurrence of this.#occurrences.hear(message)) this.#happened(occurrence);
  }

  /** The host is gone: nothing more is done, and what was taken is given back. */
  stop(): void {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#parts.disk.free(this.#victim.pid);
  }

  #happened({ event, count }: Pick<Moment, "event" | "count">): void {
    for (const act of this.#parts.acts) {
      const { moment, deed } = act;
      if (moment.event !== event || moment.count !== count) continue;
      if (isSuicide(act)) this.#note("host", this.#victim.pid);
      else this.#later(moment.delayMs, () => this.#do(deed));
    }
  }

  #later(ms: number, act: () => void): void {
    if (ms === 0) return act();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #do(deed: Deed): void {
    const { pid } = this.#victim;
    switch (deed.kind) {
      case "host":
        return this.#signal(deed.kind, pid, "SIGKILL");
      case "terminate":
        return this.#signal(deed.kind, pid, "SIGTERM");
      case "pause":
        this.#signal(deed.kind, pid, "SIGSTOP");
        return this.#later(deed.ms, () => this.#send(pid, "SIGCONT"));
      case "jump":
        this.#note(deed.kind);
        return this.#victim.jump(deed.ms);
      case "fill":
        this.#note(deed.kind);
        this.#parts.disk.fill(pid);
        return this.#later(deed.ms, () => this.#parts.disk.free(pid));
      default:
        return this.#killOne(deed.kind);
    }
  }

  #killOne(role: Role): void {
    const all = processesOf(this.#parts.round).filter((process) => process.role === role);
    const chosen = all[this.#parts.pick(all.length)];
    if (chosen === undefined) this.#later(LOOK_AGAIN_MS, () => this.#killOne(role));
    else this.#signal(role, chosen.pid, "SIGKILL");
  }

  #signal(deed: Deed["kind"], pid: number, signal: NodeJS.Signals): void {
    if (this.#send(pid, signal)) this.#note(deed, pid);
  }

  #send(pid: number, signal: NodeJS.Signals): boolean {
    try {
      return !this.#over && process.kill(pid, signal);
    } catch {
      // It had ended by itself.
      return false;
    }
  }

  #note(deed: Deed["kind"], pid?: number): void {
    this.done.push({ deed, ms: Math.round(performance.now() - this.#begin), ...(pid !== undefined && { pid }) });
  }
}
