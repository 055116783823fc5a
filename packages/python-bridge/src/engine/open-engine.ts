import { mkdir } from "node:fs/promises";
import { abortable, BackendError, type BackendContext } from "@rhapsody/core";
import { findPython } from "../python/find-python.ts";
import type { PythonInstallation } from "../python/python-requirement.ts";
import { Connection, type Asked } from "../sidecar/connection.ts";
import { redactor } from "../sidecar/redact.ts";
import { startSidecar } from "../sidecar/start-sidecar.ts";
import { within } from "../timing/within.ts";
import { encodeValue } from "../values/encode-value.ts";
import { AttemptBooks } from "./attempt-books.ts";
import { EngineErrors } from "./engine-errors.ts";
import { EngineNews } from "./engine-news.ts";
import type { EngineHandle, EngineOptions } from "./engine-options.ts";
import { OpenedEngine } from "./opened-engine.ts";

/** Revision of the channel's protocol. */
const PROTOCOL = 1;
const DEFAULT_OPEN_MS = 120_000;
/** Time for an engine whose opening was given up to clear up, in milliseconds. */
const ABORT_MS = 10_000;

/**
 * Starts a Python process with an engine in it and opens the engine: what `open` of a backend that stands on this package does.
 *
 * The handle does everything that is the same for all engines: it encodes tasks and decodes outcomes, stamps the epoch on them, drops what comes of attempts
 * that ended, tells of the engine's death, and leaves nothing behind when it is closed. When this process dies, by whatever death, the engine and all that it
 * started are gone within two seconds.
 *
 * @throws `BackendError` `BACKEND_UNAVAILABLE` when Python or a module is missing (with the line that installs it), or the engine cannot be opened, ends, or
 * takes longer than `openTimeoutMs`; the reason of `context.signal` when the opening is given up. Nothing is left behind.
 */
export async function openEngine(options: EngineOptions, context: BackendContext): Promise<EngineHandle> {
  const { backend, openTimeoutMs = DEFAULT_OPEN_MS } = options;
  const timeout = AbortSignal.timeout(openTimeoutMs);
  const opening = new Opening(options, context, AbortSignal.any([context.signal, timeout]));
  try {
    return await opening.run();
  } catch (error) {
    await opening.giveUp();
    context.signal.throwIfAborted();
    if (!timeout.aborted) throw opening.errors.from(error, "BACKEND_UNAVAILABLE", "the engine could not be opened");
    const message = `the engine did not open within ${openTimeoutMs} ms; look at its log lines, or allow it more time`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause: error });
  }
}

/** An engine on its way from nothing to open. */
class Opening {
  readonly errors: EngineErrors;
  readonly #options: EngineOptions;
  readonly #context: BackendContext;
  readonly #signal: AbortSignal;
  readonly #redact: (text: string) => string;
  readonly #books = new AttemptBooks();
  #connection: Connection | undefined;
  #engine: OpenedEngine | undefined;
  #asked: Asked | undefined;
  /** Rejects when the engine says that it died before it is open. */
  readonly #lost = Promise.withResolvers<never>();

  constructor(options: EngineOptions, context: BackendContext, signal: AbortSignal) {
    this.#options = options;
    this.#context = context;
    this.#signal = signal;
    this.#redact = redactor(options.secrets ?? {});
    this.errors = new EngineErrors(options.backend, this.#redact);
    this.#lost.promise.catch(() => undefined);
  }

  async run(): Promise<EngineHandle> {
    const { backend, python, requires, captureDir } = this.#options;
    const installation = await findPython({ backend, python, requires, signal: this.#signal });
    if (captureDir !== undefined) await mkdir(captureDir, { recursive: true });
    const news = this.#news();
    const connection = await this.#connect(installation, news);
    const facts = await this.#open(connection);
    this.#engine = new OpenedEngine({
      options: this.#options,
      context: this.#context,
      connection,
      books: this.#books,
      news,
      errors: this.errors,
      surroundings: {
        backend,
        environment: this.#context.environment,
        captureDir: captureDir ?? this.#context.workDir,
      },
      facts,
    });
    return this.#engine;
  }

  /** Clears up after an opening that failed. Never rejects. */
  async giveUp(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#asked !== undefined && this.#signal.aborted) {
      connection.abort(this.#asked.id);
      await within(this.#asked.answer, ABORT_MS).catch(() => undefined);
    }
    await connection.end();
  }

  #news(): EngineNews {
    return new EngineNews({
      options: this.#options,
      context: this.#context,
      books: this.#books,
      redact: this.#redact,
      credit: (bytes) => {
        this.#connection?.credit(bytes);
        this.#engine?.hold();
      },
      lost: (message) => {
        if (this.#engine === undefined) this.#lost.reject(new Error(message));
        else this.#engine.lose(message);
      },
    });
  }

  async #connect({ path }: PythonInstallation, news: EngineNews): Promise<Connection> {
    const { backend, engine, environment = {}, channel = "descriptor", launch, leaveMs } = this.#options;
    const started = await startSidecar({
      python: path,
      directory: engine.directory,
      environment,
      channel,
      launch,
      leaveMs,
      signal: this.#signal,
      onLine: (line) => news.line(line),
    });
    this.#connection = new Connection(started, {
      receive: (frame) => news.receive(frame),
      silent: (ms) => {
        const message = `the engine has said nothing for ${ms / 1000} s; it may be busy, or its machine overloaded`;
        this.#context.logger.warn({ backend }, message);
      },
    });
    const hello = await this.#unlessGone(this.#connection, this.#connection.hello);
    const { protocol, python, bridge, pid } = hello;
    if (protocol !== PROTOCOL) {
      throw new Error(
        `the sidecar speaks protocol ${String(protocol)}, this process ${PROTOCOL}: install @rhapsody/python-bridge again`,
      );
    }
    this.#context.logger.debug({ backend, python, bridge, pid }, "the sidecar has started");
    return this.#connection;
  }

  async #open(connection: Connection): Promise<Readonly<Record<string, unknown>>> {
    const { engine, settings, secrets = {} } = this.#options;
    const { sessionUid, epoch, workDir, environment } = this.#context;
    const fields = { engine: engine.module, session: sessionUid, epoch, workDir, spill: connection.scratch };
    const blob = encodeValue({ settings, secrets, environment }, "");
    this.#asked = connection.ask({ op: "open", protocol: PROTOCOL, ...fields }, [blob]);
    const facts = await this.#unlessGone(connection, this.#asked.answer);
    // An engine gives facts by name, or none.
    return (facts ?? {}) as Readonly<Record<string, unknown>>;
  }

  async #unlessGone<T>(connection: Connection, promise: Promise<T>): Promise<T> {
    const gone = connection.gone.then(({ how, lastWords }): never => {
      throw new Error(`its process ${how}${lastWords}`);
    });
    return abortable(Promise.race([this.#lost.promise, gone, promise]), this.#signal);
  }
}
