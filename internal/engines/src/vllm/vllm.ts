import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { enginePython } from "../engine-python.ts";
import { freePorts } from "../free-ports.ts";
import { once } from "../install.ts";
import { program } from "../paths.ts";
import { run } from "../run.ts";
import { Supervised } from "../supervised.ts";

/** Time for the installation, the model and the start of a server, in milliseconds: what the hook of a test allows. On two busy cores a start took 155 s. */
export const VLLM_START_MS = 900_000;

const ANSWER_MS = 600_000;
/** Id of the model on servers of tests. */
const MODEL = "tiny";

/**
 * Variables of vLLM on the CPUs of a machine that has other things to do: 1 GiB of cache and not a share of all memory, one thread that is bound to no
 * core, and no compilation, which takes the first request with log probabilities 20 s.
 */
export const VLLM_ENVIRONMENT: Readonly<Record<string, string>> = {
  VLLM_CPU_KVCACHE_SPACE: "1",
  VLLM_CPU_OMP_THREADS_BIND: "nobind",
  OMP_NUM_THREADS: "1",
  TORCHDYNAMO_DISABLE: "1",
  VLLM_NO_USAGE_STATS: "1",
  DO_NOT_TRACK: "1",
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
};

/** Arguments of `vllm serve` for the same reason. */
export const VLLM_ARGUMENTS: readonly string[] = ["--dtype", "bfloat16", "--enforce-eager"];

/** What a vLLM server for tests can be asked to be. */
export interface VllmOptions {
  /** Longest prompt and answer together, in tokens, at most 8192. @defaultValue 8192 */
  readonly maxModelLength?: number | undefined;
  /** More arguments of `vllm serve`. @defaultValue none */
  readonly arguments?: readonly string[] | undefined;
}

/**
 * A running server. Its model follows the alphabet at any temperature, one character a token: `"ab"` is answered by `"cdef…z"` (`stop`), `"1"` by
 * `"234567890123…"` without end (`length`), every chat by `"abc…z"`.
 */
export interface Vllm {
  /** Base address of the OpenAI protocol, e.g. `http://127.0.0.1:40123/v1`. */
  readonly url: string;
  /** Id of its model. */
  readonly model: string;
  /** Process of the HTTP server, whose child is the engine, whose child is the worker. Absent for a server that was started by somebody else. */
  readonly pid?: number;
}

/** A {@link Vllm} of one's own: 3 GB of memory, and half a minute of a core to start. */
export interface OwnVllm extends Vllm, AsyncDisposable {
  readonly pid: number;
  /** All that it has printed. */
  readonly output: string;
  /** Ends the server and all that it started. Idempotent. */
  stop(): Promise<void>;
}

/** Path of the program `vllm`, installed by the first call of all processes. */
export async function vllmProgram(): Promise<string> {
  return join(dirname(await enginePython("vllm")), "vllm");
}

/** Directory of the model with the answers that {@link Vllm} tells, made by the first call of all processes. */
export async function tinyModel(): Promise<string> {
  const python = await enginePython("vllm");
  const maker = program("make_tiny_model.py");
  const hash = createHash("sha256")
    .update(await readFile(maker))
    .digest("hex")
    .slice(0, 12);
  return once(python, `tiny-model-${hash}`, async (folder) => {
    await run(python, [maker, folder]);
  });
}

/**
 * Starts a real `vllm serve` on loopback; resolves once it answers. It ends with this process, too.
 *
 * @throws Error with the server's output when it ends before, or does not answer within ten minutes.
 */
export async function startVllm(options: VllmOptions = {}): Promise<OwnVllm> {
  const { maxModelLength = 8192, arguments: more = [] } = options;
  const [python, serve, model, ports] = await Promise.all([
    enginePython("vllm"),
    vllmProgram(),
    tinyModel(),
    freePorts(1),
  ]);
  const address = `http://127.0.0.1:${ports[0]}`;
  const where = ["--host", "127.0.0.1", "--port", String(ports[0]), "--served-model-name", MODEL];
  const length = ["--max-model-len", String(maxModelLength)];
  const directory = await mkdtemp(join(tmpdir(), "vllm-"));
  const server = await Supervised.start({
    python,
    command: [serve, "serve", model, ...where, ...length, ...VLLM_ARGUMENTS, ...more],
    cwd: directory,
    environment: VLLM_ENVIRONMENT,
    // It takes 6 to 9 s, and leaves shared memory behind when it is killed.
    graceSeconds: 20,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await answering(`${address}/health`, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `${address}/v1`,
    model: MODEL,
    pid: server.pid,
    get output() {
      return server.output;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function answering(url: string, server: Supervised): Promise<void> {
  const deadline = AbortSignal.timeout(ANSWER_MS);
  let running = true;
  void server.ended.then(() => (running = false));
  while (running && !deadline.aborted) {
    try {
      const response = await fetch(url, { signal: deadline });
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await pause(100);
  }
  throw new Error(`a vLLM server ${running ? "does not answer" : "ended"}:\n${server.output}`);
}
