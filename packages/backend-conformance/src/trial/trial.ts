import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Session, silentLogger, type Backend } from "@rhapsody/core";
import { PidFile } from "../observe/pid-file.ts";
import { create, type CreateBackend, type CreatedBackend } from "../suite/created-backend.ts";
import type { Settings } from "../suite/settings.ts";
import { Opening, type OpeningPlace } from "./opening.ts";
import type { SharedOpening } from "./shared-opening.ts";
import { within } from "./within.ts";

/** What all tests of one backend are given. */
export interface TrialMeans {
  readonly createBackend: CreateBackend;
  readonly settings: Settings;
  /** Absent when every test opens a backend of its own. */
  readonly shared: SharedOpening | undefined;
}

/** What one test has: a backend that was never opened and a directory, both its own and gone when it ends. */
export class Trial {
  readonly settings: Settings;
  /** Absolute, empty at the start. */
  readonly directory: string;
  readonly #createBackend: CreateBackend;
  readonly #created: CreatedBackend;
  readonly #others: CreatedBackend[] = [];
  readonly #shared: SharedOpening | undefined;
  readonly #openings: Opening[] = [];
  readonly #pidFiles: PidFile[] = [];
  readonly #sessions: Session[] = [];
  #used: Promise<Opening> | undefined;
  /** Not 1: a backend that makes its epochs up would pass by chance. */
  #epoch = 2;

  private constructor(means: TrialMeans, created: CreatedBackend, directory: string) {
    this.settings = means.settings;
    this.directory = directory;
    this.#createBackend = means.createBackend;
    this.#shared = means.shared;
    this.#created = created;
  }

  static async begin(means: TrialMeans): Promise<Trial> {
    const created = await create(means.createBackend);
    const directory = await mkdtemp(join(means.settings.directory, "rhapsody-conformance-"));
    return new Trial(means, created, directory);
  }

  get backend(): Backend {
    return this.#created.backend;
  }

  /** Builds one more backend; `hasSurroundings` when more than the backend was set up. Both are gone when the trial ends. */
  async another(): Promise<{ readonly backend: Backend; readonly hasSurroundings: boolean }> {
    const created = await create(this.#createBackend);
    this.#others.push(created);
    return { backend: created.backend, hasSurroundings: created.cleanup !== undefined };
  }

  /** An opening to run work in, the same at each call; possibly shared with other tests, so it stays open. */
  use(): Promise<Opening> {
    this.#used ??= this.#shared === undefined ? this.open() : this.#shared.get();
    return this.#used;
  }

  /** Opens the backend, with a higher epoch each time. The trial closes it when the test has not. */
  async open({ environment = {}, ...rest }: Partial<OpeningPlace> = {}): Promise<Opening> {
    this.#epoch += 1;
    const workDir = join(this.directory, `work.${this.#epoch}`);
    await mkdir(workDir, { recursive: true });
    const opening = await Opening.open(
      this.backend,
      { workDir, epoch: this.#epoch, environment, ...rest },
      this.settings,
    );
    this.#openings.push(opening);
    return opening;
  }

  /** A new session with the backend, opened, and no other; closed when the trial ends. */
  async session(): Promise<Session> {
    const session = new Session({
      backends: [this.backend],
      workDir: this.directory,
      logger: silentLogger,
      handleInterrupt: false,
    });
    this.#sessions.push(session);
    return within(session.start(), this.settings.openTimeoutMs, "the session to open its backend");
  }

  /** Settles as the promise does, or rejects when that takes too long. */
  within<T>(promise: Promise<T>, what: string): Promise<T> {
    return within(promise, this.settings.timeoutMs, what);
  }

  /** Path of a file in the trial's directory. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** A file for the process id of a program; the process does not outlive the trial. */
  pidFile(name = "pid"): PidFile {
    const file = new PidFile(this.path(name), this.settings.timeoutMs);
    this.#pidFiles.push(file);
    return file;
  }

  /** Closes what is open and removes the directory. */
  async end(): Promise<void> {
    const sessions = this.#sessions.map((session) => this.within(session.close({ graceMs: 0 }), "a session to close"));
    const open = this.#openings.filter((opening) => !opening.closed);
    const closed = await Promise.allSettled([...sessions, ...open.map((opening) => opening.close())]);
    for (const file of this.#pidFiles) file.kill();
    for (const created of [this.#created, ...this.#others]) await created.cleanup?.();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
    const failed = closed.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
