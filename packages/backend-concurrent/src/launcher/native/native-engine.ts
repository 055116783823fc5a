import type { Engine, EngineSettings } from "../helper/engine.ts";
import { spawnFailed } from "../helper/start-failure.ts";
import type { ResolvedRequest } from "../protocol/message.ts";
import type { Kernel } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import { NativeProcess } from "./native-process.ts";
import { processTree } from "./process-tree.ts";
import { Spawner } from "./spawner.ts";
import { StartQueue } from "./start-queue.ts";
import { Strays } from "./strays.ts";

// signal.h
const SIGKILL = 9;
const SIGTERM = 15;
const SIGCONT = 18;

/** How often orphans that ended are reaped and memory is sampled while something runs. */
const HOUSEKEEPING_MS = 1000;

/** Starts programs by system calls, on one thread that blocks in `epoll` in between; {@link NativeEngine.advance} is its heartbeat. */
export class NativeEngine implements Engine {
  readonly #kernel: Kernel;
  readonly #libc: Libc;
  readonly #settings: EngineSettings;
  readonly #spawner: Spawner;
  readonly #strays: Strays;
  readonly #queue: StartQueue;
  readonly #byPid = new Map<number, NativeProcess>();
  readonly #byId = new Map<number, NativeProcess>();
  /** Processes that ended and are not reaped: what they started may live on. */
  readonly #ended = new Set<NativeProcess>();
  /** Processes that were asked to end and are killed when their time is up. */
  readonly #doomed = new Set<NativeProcess>();
  #housekeepingAt = 0;
  #closing = false;
  /** Until it is called, once all is gone. */
  #onClosed: (() => void) | undefined;

  constructor(kernel: Kernel, settings: EngineSettings) {
    this.#kernel = kernel;
    this.#libc = kernel.libc;
    this.#settings = settings;
    this.#spawner = new Spawner(kernel.libc, settings);
    this.#strays = new Strays(kernel, settings.marker);
    this.#queue = new StartQueue({
      start: (request) => this.#start(request),
      giveUp: ({ id, executable }, shortage) =>
        settings.report({ type: "failed", id, ...spawnFailed(executable, shortage) }),
    });
  }

  start(request: ResolvedRequest): void {
    if (!this.#closing) this.#queue.push(request);
    else this.#settings.report({ type: "dropped", id: request.id });
  }

  kill(ids: readonly number[], graceMs: number, done: () => void): void {
    for (const { id } of this.#queue.remove(new Set(ids))) this.#settings.report({ type: "dropped", id });
    const tasks = ids.map((id) => this.#byId.get(id)).filter((task) => task !== undefined);
    let left = tasks.length;
    if (left === 0) return done();
    this.#strays.update(this.#byPid);
    const killAt = performance.now() + graceMs;
    for (const task of tasks) {
      task.killAt = Math.min(killAt, task.killAt ?? Infinity);
      this.#doomed.add(task);
      task.onGone.push(() => {
        left -= 1;
        if (left === 0) done();
      });
      if (graceMs > 0) this.#signal(task, SIGTERM);
      else this.#killTree(task);
    }
  }

  close(graceMs: number, done: () => void): void {
    this.#closing = true;
    this.#onClosed = done;
    for (const { id } of this.#queue.remove()) this.#settings.report({ type: "dropped", id });
    this.kill([...this.#byId.keys()], graceMs, () => undefined);
  }

  /** Does all that is due. To be called after each wait. */
  advance(): void {
    if (this.#ended.size > 0 || this.#strays.changed) this.#settle();
    const now = performance.now();
    for (const task of this.#doomed) if ((task.killAt ?? 0) <= now) this.#killTree(task);
    if (now >= this.#housekeepingAt) this.#keepHouse(now);
    this.#queue.advance(this.#byPid.size > 0);
    if (this.#onClosed === undefined || this.#byPid.size > 0) return;
    this.#strays.update(this.#byPid);
    if (!this.#strays.gone) return;
    const done = this.#onClosed;
    this.#onClosed = undefined;
    done();
  }

  /** The longest time until the next {@link advance}, in milliseconds; -1 when there is nothing to do but to wait for the host. */
  get timeoutMs(): number {
    const busy = this.#byPid.size > 0 || !this.#strays.gone;
    // The host may turn out to be gone after the last look.
    if (this.#onClosed !== undefined && !busy) return 0;
    let due = busy ? this.#housekeepingAt : Infinity;
    for (const task of this.#doomed) due = Math.min(due, task.killAt ?? Infinity);
    const timeoutMs = Math.min(due - performance.now(), busy ? Infinity : this.#queue.retryMs);
    return timeoutMs === Infinity ? -1 : Math.max(0, Math.ceil(timeoutMs));
  }

  #start(request: ResolvedRequest): string | undefined {
    if (!this.#kernel.descriptors.reserve()) return "EMFILE";
    const spawned = this.#spawner.spawn(request);
    if (typeof spawned === "string") return spawned;
    const { id } = request;
    if ("code" in spawned) {
      this.#settings.report({ type: "failed", id, ...spawned });
      return undefined;
    }
    const pidfd = this.#kernel.descriptors.pidfd(spawned.pid);
    const ended = (): void => void this.#ended.add(task);
    const task = new NativeProcess({ ...this.#kernel, pidfd, request, spawned, ended });
    this.#byPid.set(task.pid, task);
    this.#byId.set(id, task);
    this.#settings.report({ type: "started", id, pid: task.pid, at: task.startedAt });
    return undefined;
  }

  /** Reaps what ended with all that it started, and ends what outlived it. */
  #settle(): void {
    this.#strays.update(this.#byPid);
    const now = performance.now();
    for (const task of this.#ended) {
      const left = this.#strays.of(task);
      if (left.length === 0) this.#finish(task);
      else if ((task.killAt ?? 0) <= now) this.#killTree(task);
      else this.#strays.watch(left);
    }
  }

  #finish(task: NativeProcess): void {
    this.#ended.delete(task);
    this.#doomed.delete(task);
    this.#byPid.delete(task.pid);
    this.#byId.delete(task.id);
    this.#settings.report(task.reap());
    for (const gone of task.onGone) gone();
  }

  #killTree(task: NativeProcess): void {
    this.#doomed.delete(task);
    task.killAt = 0;
    this.#signal(task, SIGKILL);
  }

  /** Sends a signal to the group and to every process of the task that left it. */
  #signal(task: NativeProcess, signal: number): void {
    const strays = this.#strays.of(task);
    this.#strays.watch(strays);
    const roots = this.#ended.has(task) ? strays : [task.pid, ...strays];
    const outside = roots.flatMap(processTree).filter((pid) => this.#outside(pid, task));
    const signals = signal === SIGTERM ? [SIGTERM, SIGCONT] : [signal];
    // The group's id is not reused, as its leader is not reaped. SIGCONT: a stopped process takes no other signal.
    for (const each of signals) for (const target of [-task.pid, ...outside]) this.#libc.kill(target, each);
    if (signal === SIGKILL) this.#strays.kill(strays);
  }

  #outside(pid: number, task: NativeProcess): boolean {
    const group = this.#libc.getpgid(pid);
    return group >= 0 && group !== task.pid;
  }

  #keepHouse(now: number): void {
    this.#housekeepingAt = now + HOUSEKEEPING_MS;
    this.#strays.update(this.#byPid);
    for (const task of this.#byPid.values()) task.sampleMemory();
  }
}
