import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { enginePython } from "../engine-python.ts";
import { freePorts } from "../free-ports.ts";
import { program } from "../paths.ts";
import { Supervised } from "../supervised.ts";

const START_MS = 60_000;

/** What a gateway server for tests can be asked to be. */
export interface GatewayOptions {
  /** Password of every user. @defaultValue a random one */
  readonly password?: string | undefined;
  /** Path below which the server answers, e.g. `/services/dask-gateway`. @defaultValue none */
  readonly prefix?: string | undefined;
  /** Python text run at the end of its configuration, where `c` is what is configured. @defaultValue none */
  readonly configuration?: string | undefined;
}

/**
 * A running server. Its clusters have the options `worker_cores` (1 to 4), `worker_memory` (GiB, 0.5 to 8), `label`, `debug`,
 * `environment`, and `profile`: `normal`, `broken` (fails at once), `stuck` (stays pending) or `no-workers` (fails once
 * workers are asked for).
 */
export interface Gateway extends AsyncDisposable {
  /** Where clients connect, e.g. `http://127.0.0.1:40123`; the data plane is at the same port. */
  readonly address: string;
  readonly password: string;
  /** Process of the server. */
  readonly pid: number;
  /** Directory of the server, with a directory for each cluster: `clusters/<name>/logs`. */
  readonly directory: string;
  /** All that the server has printed. */
  readonly output: string;
  /** Ends the server, its proxy, every scheduler and worker, and removes its directory. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a real Dask Gateway server on loopback; resolves once it answers. It ends with this process, too.
 *
 * @throws Error with the server's output when it does not answer within a minute.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { password = randomBytes(12).toString("hex"), prefix = "", configuration = "" } = options;
  const python = await enginePython("dask");
  const [publicPort, privatePort] = await freePorts(2);
  const [publicAddress, privateAddress] = [`127.0.0.1:${publicPort}`, `127.0.0.1:${privatePort}`];
  const directory = await mkdtemp(join(tmpdir(), "dask-gateway-"));
  const settings = { publicAddress, privateAddress, password, prefix, configuration };
  await writeFile(join(directory, "options.json"), JSON.stringify(settings), { mode: 0o600 });
  const server = await Supervised.start({
    python,
    command: [python, "-m", "dask_gateway_server", "--config", program("gateway_config.py")],
    cwd: directory,
    graceSeconds: 10,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const address = `http://${publicAddress}${prefix}`;
  try {
    await answering(address, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    password,
    pid: server.pid,
    directory,
    get output() {
      return server.output;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function answering(address: string, server: Supervised): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS);
  let running = true;
  void server.ended.then(() => (running = false));
  while (running && !deadline.aborted) {
    try {
      const response = await fetch(`${address}/api/health`, { signal: deadline });
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await pause(50);
  }
  throw new Error(`a Dask Gateway server ${running ? "does not answer" : "ended"}:\n${server.output}`);
}
