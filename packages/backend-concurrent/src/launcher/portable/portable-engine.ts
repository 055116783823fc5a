import type { Engine, EngineSettings } from "../helper/engine.ts";
import { family } from "../helper/family.ts";
import { ProcessTable, type ProcessEntry } from "../helper/process-table.ts";
import { badOutputFile, SHORTAGES, spawnFailed } from "../helper/start-failure.ts";
import { MARKER_VARIABLE, type ResolvedRequest } from "../protocol/message.ts";
import { errorOf, findProgram } from "./find-program.ts";
import { PortableProcess } from "./portable-process.ts";

/** How often to look whether what a task left behind is gone: Node cannot wait for a process that it did not start. */
const LOOK_MS = 20;
/** How often to try again while nothing runs and the system is short of descriptors or processes, and for how long. */
const RETRY_MS = 100;
const SHORTAGE_MS = 10_000;

/**
 * Starts programs with `node:child_process`, for systems where {@link NativeEngine} cannot work. Slower, without the use of memory and CPU
 * time, and blind to a process that left its group, lost its parent and changed its environment.
 */
export class PortableEngine implements Engine {
  readonly #settings: EngineSettings;
  readonly #table: ProcessTable;
  readonly #running = new Map<number, PortableProcess>();
  /** Processes that ended, while what they started may live on. */
  readonly #ended = new Set<PortableProcess>();
  /** Processes that nobody here may signal (set-user-id programs), and so nobody waits for. */
  readonly #foreign = new Set<number>();
  #waiting: ResolvedRequest[] = [];
  /** Set while the system is short of something. */
  #held = false;
  #shortageSince: number | undefined;
  #looking = false;
  #onClosed: (() => void) | undefined;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    this.#table = new ProcessTable(settings.marker);
  }

  start(request: ResolvedRequest): void {
    if (this.#onClosed !== undefined) return this.#settings.report({ type: "dropped", id: request.id });
    this.#waiting.push(request);
    this.#startWaiting();
  }

  kill(ids: readonly number[], graceMs: number, done: () => void): void {
    this.#drop(new Set(ids));
    const tasks = ids.map((id) => this.#running.get(id)).filter((task) => task !== undefined);
    let left = tasks.length;
    if (left === 0) return done();
    const table = this.#table.list();
    const killAt = performance.now() + graceMs;
    for (const task of tasks) {
      task.killAt = Math.min(killAt, task.killAt ?? Infinity);
      task.onGone.push(() => {
        left -= 1;
        if (left === 0) done();
      });
      this.#signal(task, graceMs > 0 ? "SIGTERM" : "SIGKILL", table);
      const timer = setTimeout(() => this.#signal(task, "SIGKILL", this.#table.list()), graceMs);
      task.onGone.push(() => clearTimeout(timer));
    }
  }

  close(graceMs: number, done: () => void): void {
    this.#onClosed = done;
    this.#drop(new Set(this.#waiting.map(({ id }) => id)));
    this.kill([...this.#running.keys()], graceMs, done);
  }

  #drop(ids: ReadonlySet<number>): void {
    for (const { id } of this.#waiting) if (ids.has(id)) this.#settings.report({ type: "dropped", id });
    this.#waiting = this.#waiting.filter(({ id }) => !ids.has(id));
  }

  #startWaiting(): void {
    while (!this.#held) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      this.#start(request);
    }
  }

  #start(request: ResolvedRequest): void {
    const { id } = request;
    const environment = { ...this.#settings.environment, ...request.environment };
    const command = findProgram(request, environment["PATH"]);
    if ("code" in command) return this.#settings.report({ type: "failed", id, ...command });
    environment[MARKER_VARIABLE] = `${this.#settings.marker}:${id}`;
    let task: PortableProcess;
    try {
      task = new PortableProcess(request, command, environment);
    } catch (error) {
      // Both what opens files and what spawns throw nothing else.
      return this.#refused(request, error as NodeJS.ErrnoException);
    }
    const { pid, startedAt } = task;
    task.onEnd(
      () => this.#leaderEnded(task),
      (error) => this.#refused(request, error),
    );
    // Its error follows; nothing else is tried before it is known.
    if (pid === undefined) this.#held = true;
    if (pid === undefined) return;
    this.#shortageSince = undefined;
    this.#running.set(id, task);
    this.#settings.report({ type: "started", id, pid, at: startedAt });
  }

  #refused(request: ResolvedRequest, error: NodeJS.ErrnoException): void {
    const { id, executable } = request;
    const errno = error.code ?? "EIO";
    this.#shortageSince ??= performance.now();
    const passes = this.#running.size > 0 || performance.now() - this.#shortageSince < SHORTAGE_MS;
    this.#held = SHORTAGES.has(errno) && passes;
    if (this.#held) {
      this.#waiting.unshift(request);
      if (this.#running.size === 0) setTimeout(() => this.#release(), RETRY_MS);
      return;
    }
    const failure = error.syscall === "open" ? badOutputFile(error.path ?? "", errno) : spawnFailed(executable, errno);
    this.#settings.report({ type: "failed", id, ...failure });
    this.#startWaiting();
  }

  #release(): void {
    this.#held = false;
    this.#startWaiting();
  }

  #leaderEnded(task: PortableProcess): void {
    this.#ended.add(task);
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(() => this.#look());
  }

  /** Reports the tasks of which nothing is alive, and ends what is left of the others. One look at all processes serves all tasks. */
  #look(): void {
    const table = this.#table.list();
    for (const task of this.#ended) {
      const left = members(table, task).filter(({ pid }) => !this.#foreign.has(pid));
      if (left.length === 0) void this.#finish(task);
      else if ((task.killAt ?? 0) <= performance.now()) this.#signal(task, "SIGKILL", table);
    }
    this.#looking = this.#ended.size > 0;
    if (this.#looking) setTimeout(() => this.#look(), LOOK_MS);
  }

  async #finish(task: PortableProcess): Promise<void> {
    this.#ended.delete(task);
    const outcome = await task.outcome();
    this.#running.delete(task.id);
    this.#settings.report(outcome);
    for (const gone of task.onGone) gone();
    this.#release();
  }

  #signal(task: PortableProcess, signal: NodeJS.Signals, table: readonly ProcessEntry[]): void {
    const all = members(table, task);
    const outside = all.filter(({ group }) => group !== task.pid).map(({ pid }) => pid);
    // The group as a whole, so that a process that forks right now does not slip through.
    const targets = all.length > outside.length && task.pid !== undefined ? [-task.pid, ...outside] : outside;
    // SIGCONT: a stopped process takes no other signal.
    const signals: readonly NodeJS.Signals[] = signal === "SIGTERM" ? ["SIGTERM", "SIGCONT"] : [signal];
    for (const each of signals) for (const target of targets) this.#send(target, each);
  }

  #send(target: number, signal: NodeJS.Signals): void {
    if (errorOf(() => process.kill(target, signal)) === "EPERM") this.#foreign.add(target);
  }
}

function members(table: readonly ProcessEntry[], task: PortableProcess): readonly ProcessEntry[] {
  return family(table, ({ pid, group, requestId }) => requestId === task.id || pid === task.pid || group === task.pid);
}
