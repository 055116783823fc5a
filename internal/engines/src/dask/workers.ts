import { Supervised } from "../supervised.ts";
import { type Scheduler, tlsArguments } from "./scheduler.ts";

/** What the workers of a scheduler are. */
export interface WorkersOptions {
  readonly scheduler: Scheduler;
  /** @defaultValue 1 */
  readonly count?: number | undefined;
  /** Threads of each. @defaultValue 1 */
  readonly threads?: number | undefined;
  /** Abstract resources of each, e.g. `{ GPU: 2 }`. @defaultValue none */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** True for a parent process that starts a worker again when it dies. @defaultValue false */
  readonly nanny?: boolean | undefined;
}

/** A running worker. */
export interface Worker {
  /** E.g. `tcp://127.0.0.1:40123`. */
  readonly address: string;
  /** Process of the worker, or of its nanny; a test may kill it. */
  readonly pid: number;
  /** All that it has printed. */
  readonly output: string;
  /** Ends it and all that it started. Idempotent. */
  stop(): Promise<void>;
}

/** Workers of one scheduler. */
export interface Workers extends AsyncDisposable {
  readonly all: readonly Worker[];
  /** Ends all of them. Idempotent. */
  stop(): Promise<void>;
}

/** Starts real `dask worker` processes on loopback; resolves once all are registered. They end with this process, too. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const started = await Promise.allSettled(Array.from({ length: options.count ?? 1 }, () => startWorker(options)));
  const all = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(all.map((worker) => worker.stop()));
  };
  const failed = started.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { all, stop, [Symbol.asyncDispose]: stop };
}

async function startWorker({ scheduler, threads = 1, resources = {}, nanny = false }: WorkersOptions): Promise<Worker> {
  const quantities = Object.entries(resources).map(([name, amount]) => `${name}=${amount}`);
  const args = [
    nanny ? "--nanny" : "--no-nanny",
    "--host",
    "127.0.0.1",
    "--nthreads",
    String(threads),
    "--no-dashboard",
    "--memory-limit",
    "0",
  ];
  const worker = await Supervised.start({
    python: scheduler.python,
    command: [
      scheduler.python,
      "-m",
      "dask",
      "worker",
      scheduler.address,
      ...args,
      ...(quantities.length === 0 ? [] : ["--resources", quantities.join(" ")]),
      ...(scheduler.tls === undefined ? [] : tlsArguments(scheduler.tls)),
    ],
    cwd: scheduler.directory,
    graceSeconds: 5,
  });
  const stop = (): Promise<void> => worker.stop();
  try {
    const [, address = ""] = await worker.line(/Start worker at:\s+(\w+:\/\/\S+)/);
    await worker.line(/Registered to:/);
    return {
      address,
      pid: worker.pid,
      get output() {
        return worker.output;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
