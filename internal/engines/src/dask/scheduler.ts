import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enginePython } from "../engine-python.ts";
import type { EnvironmentName } from "../environments.ts";
import { run } from "../run.ts";
import { Supervised } from "../supervised.ts";

const KEYPAIR = `import sys
from pathlib import Path
from dask_gateway_server.tls import new_keypair
cert, key = new_keypair("localhost")
Path("cert.pem").write_bytes(cert)
Path("key.pem").touch(mode=0o600)
Path("key.pem").write_bytes(key)`;

/** What a scheduler for tests can be asked to be. */
export interface SchedulerOptions {
  /** Where it and its workers run; one with Dask in it. @defaultValue `"dask"` */
  readonly environment?: EnvironmentName | undefined;
  /** True for a scheduler that takes only connections with {@link Scheduler.tls}. @defaultValue false */
  readonly tls?: boolean | undefined;
}

/** Files in PEM of one self-signed certificate, which is everybody's. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A running scheduler. */
export interface Scheduler extends AsyncDisposable {
  /** E.g. `tcp://127.0.0.1:40123`, or `tls://…`. */
  readonly address: string;
  /** Python of it and its workers. */
  readonly python: string;
  /** With `tls` only. */
  readonly tls?: TlsFiles;
  /** Process of the scheduler; a test may kill it. */
  readonly pid: number;
  /** Its directory, also its workers'. */
  readonly directory: string;
  /** All that it has printed. */
  readonly output: string;
  /** Ends it and removes its directory. Idempotent; workers are stopped before. */
  stop(): Promise<void>;
}

/** Starts a real `dask scheduler` on loopback; resolves once it listens. It ends with this process, too. */
export async function startScheduler(options: SchedulerOptions = {}): Promise<Scheduler> {
  const python = await enginePython(options.environment ?? "dask");
  const directory = await mkdtemp(join(tmpdir(), "dask-scheduler-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const tls = options.tls ? await makeTls(python, directory) : undefined;
    const args = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"];
    const scheduler = await Supervised.start({
      python,
      command: [python, "-m", "dask", "scheduler", ...args, ...(tls === undefined ? [] : tlsArguments(tls))],
      cwd: directory,
      graceSeconds: 5,
    });
    const stop = async (): Promise<void> => {
      await scheduler.stop();
      await remove();
    };
    const [, address = ""] = await scheduler.line(/Scheduler at:\s+(\w+:\/\/\S+)/);
    return {
      address,
      python,
      ...(tls !== undefined && { tls }),
      pid: scheduler.pid,
      directory,
      get output() {
        return scheduler.output;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeTls(python: string, directory: string): Promise<TlsFiles> {
  await run(python, ["-c", KEYPAIR], { cwd: directory });
  const cert = join(directory, "cert.pem");
  return { ca: cert, cert, key: join(directory, "key.pem") };
}

/** Arguments of `dask scheduler` and `dask worker`. */
export function tlsArguments({ ca, cert, key }: TlsFiles): readonly string[] {
  return ["--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key];
}
