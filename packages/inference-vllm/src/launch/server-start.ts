import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { BackendError } from "@rhapsody/core";
import type { ReplicaAddress } from "../fleet/call.ts";
import { explainEnd, isPortTaken, tailOf } from "./explain-end.ts";
import type { LaunchSettings } from "./launch-options.ts";
import { type ServerPlan, serveArguments, visibleDevices } from "./plan-servers.ts";
import { freePort, whyNotFree } from "./ports.ts";
import { readSince, ServerLog, sizeOf } from "./server-log.ts";
import { ServerProcess } from "./server-process.ts";
import { toProgress } from "./tell-progress.ts";
import { OtherServerError, waitUntilReady } from "./wait-until-ready.ts";

/** Starts a server; resolves once it is ready. When it rejects, nothing is left of it. */
export type ServerStart = (signal: AbortSignal) => Promise<StartedServer>;

/** A server that is ready. */
export interface StartedServer {
  readonly address: ReplicaAddress;
  readonly process: ServerProcess;
  /** Puts its end, which is given in words, together with what its log tells. */
  explain(how: string): string;
}

/** What every start of one server has in common. */
export interface ServerParts {
  readonly backend: string;
  readonly settings: LaunchSettings;
  readonly plan: ServerPlan;
  /** Path of `vllm`. */
  readonly program: string;
  /** Path of the directory for its log. */
  readonly directory: string;
  readonly apiKey: string;
  /** Address to listen on. */
  readonly host: string;
  /** Hears what people may want to know. */
  readonly progress: (text: string) => void;
}

/** Sockets of vLLM in a temporary directory have paths that the system cuts at 107 characters. */
const LONGEST_TEMPORARY_PATH = 50;
/** How often another port is tried when somebody else takes a free one first. */
const PORT_TRIES = 5;

/** How to start the server of a plan, again and again. */
export function serverStart(parts: ServerParts): ServerStart {
  return async (signal) => {
    for (let tries = 1; ; tries += 1) {
      const server = await begin(parts, signal);
      try {
        await untilReady(parts, server, signal);
        server.forget();
        server.process.unref();
        return server;
      } catch (error) {
        await server.process.end();
        signal.throwIfAborted();
        const isTaken = isOthers(error) || isPortTaken(server.printed());
        if (parts.plan.port !== undefined || !isTaken || tries >= PORT_TRIES) throw error;
      }
    }
  };
}

interface Begun extends StartedServer {
  readonly log: ServerLog;
  readonly printed: () => string;
  /** What was printed until now explains nothing that comes. */
  readonly forget: () => void;
}

async function begin(parts: ServerParts, signal: AbortSignal): Promise<Begun> {
  const { backend, settings, plan, program, directory, apiKey, host, progress } = parts;
  if (settings.launch === undefined) await refuseAddress(backend, plan.port ?? 0, host);
  const port = plan.port ?? (await freePort(host));
  const place = settings.launch?.({ ...plan, port });
  const scratch = await mkdtemp(join(tmpdir().length > LONGEST_TEMPORARY_PATH ? "/tmp" : tmpdir(), "rhapsody-vllm-"));
  const path = join(directory, `${plan.name}.log`);
  let told = sizeOf(path);
  const log = new ServerLog(path);
  const beginMs = performance.now();
  let process: ServerProcess;
  try {
    signal.throwIfAborted();
    process = new ServerProcess({
      command: [...(place?.command ?? []), program, ...serveArguments(settings, { port, host })],
      environment: environmentOf(parts, scratch),
      logFile: path,
      scratch,
    });
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  progress(`${plan.name} starts on port ${port}, which takes minutes; its log is ${path}`);
  const printed = (): string => readSince(path, told);
  return {
    address: { name: plan.name, url: `http://${inUrl(place?.host ?? host)}:${port}/v1`, apiKey },
    process,
    log,
    printed,
    forget: () => {
      told = sizeOf(path);
    },
    explain: (how) => {
      const cause = explainEnd(printed());
      const seconds = ((performance.now() - beginMs) / 1000).toFixed(0);
      const tail = tailOf(printed());
      const end = tail === "" ? `its log ${path} says nothing` : `its log ${path} ends:\n${tail}`;
      return `vLLM (${plan.name}), started ${seconds} s ago, ${how}${cause === "" ? "" : `: ${cause}`}; ${end}`;
    },
  };
}

async function untilReady(parts: ServerParts, server: Begun, signal: AbortSignal): Promise<void> {
  const { backend, settings, plan, progress } = parts;
  const timeout = AbortSignal.timeout(settings.startTimeoutMs);
  const ended = new AbortController();
  void server.process.ended.then((how) => ended.abort(how));
  let said: string | undefined;
  const look = (): void => {
    const text = server.log
      .news()
      .map(toProgress)
      .findLast((step) => step !== undefined);
    if (text === undefined || text === said) return;
    said = text;
    progress(`${plan.name}: ${text}`);
  };
  try {
    await waitUntilReady(server.address, AbortSignal.any([signal, timeout, ended.signal]), look);
  } catch (cause) {
    signal.throwIfAborted();
    // Only a server's end aborts it, with words.
    const how = ended.signal.aborted ? (ended.signal.reason as string) : undefined;
    const late = `is not ready (startTimeoutMs is ${settings.startTimeoutMs} ms: raise it when all was well so far)`;
    const why =
      cause instanceof OtherServerError
        ? `does not get its port: ${cause.message}, which knows another key or none; name another port by the option port, or 0 for a free one`
        : late;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message: server.explain(how ?? why), cause });
  }
}

function isOthers(error: unknown): boolean {
  return error instanceof BackendError && error.cause instanceof OtherServerError;
}

function environmentOf(
  { settings, plan, program, apiKey }: ServerParts,
  scratch: string,
): Record<string, string | undefined> {
  const isHere = settings.launch === undefined;
  const given: Readonly<Record<string, string | undefined>> = { ...process.env, ...settings.environment };
  return {
    // Longer than clients keep idle connections: else one is closed the moment a request goes out on it.
    VLLM_HTTP_TIMEOUT_KEEP_ALIVE: "75",
    ...given,
    // Beside it are tools that it compiles with, when its environment is not the active one.
    PATH: [dirname(program), given["PATH"] ?? ""].join(delimiter),
    // The directory is on this machine.
    ...(isHere && { TMPDIR: scratch, VLLM_RPC_BASE_PATH: scratch }),
    // Devices that a scheduler left to this process say nothing about another node's.
    ...(plan.gpus !== undefined && visibleDevices(plan.gpus, isHere ? given : {})),
    VLLM_API_KEY: apiKey,
  };
}

/** @param port - `0` for any. */
async function refuseAddress(backend: string, port: number, host: string): Promise<void> {
  const code = await whyNotFree(port, host);
  if (code === undefined) return;
  const message =
    code === "EADDRINUSE"
      ? `port ${port} of ${host} is in use; name another one by the option port, or 0 for a free one`
      : `nobody can listen on port ${port} of ${host} (${code}); the option host has to name this machine, and port one from 1024 on, or 0 for a free one`;
  throw new BackendError("BACKEND_UNAVAILABLE", { backend, message });
}

/** A host as a client can reach and write it. */
function inUrl(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
