import { runInTaskContext } from "@rhapsody/core/task-context";
import { describeThrown } from "../functions/describe-thrown.ts";
import { FunctionContext, type Place } from "../functions/function-context.ts";
import { CallError } from "./call-error.ts";
import { loadFunction } from "./load-function.ts";
import type { CallFailure, CallMessage, HostMessage, Printed, WorkerMessage } from "./messages.ts";
import { packValue } from "./packed-value.ts";
import { capturePrints, runPrinting } from "./print-capture.ts";
import { openPrints, type Prints } from "./prints.ts";
import { enterSurroundings } from "./surroundings.ts";

/** The worker's end of its link to the pool. */
export interface WorkerChannel {
  /** @throws DataCloneError when the message cannot be copied; nothing was sent then. */
  send(message: WorkerMessage): void;
  /** Processor time of this worker so far, in microseconds, where the runtime tells. */
  cpuUsage(): NodeJS.CpuUsage | undefined;
}

/**
 * Runs the calls that a pool sends, one at a time. Takes over the output streams of its thread or process.
 *
 * @returns what takes the pool's messages.
 */
export function serveCalls(place: Place, channel: WorkerChannel): (message: HostMessage) => void {
  capturePrints();
  const cpuTime = cpuMeter(channel);
  let running: { readonly id: number; readonly context: FunctionContext } | undefined;
  return (message) => {
    if ("abort" in message) {
      if (running?.id === message.abort) running.context.abort(message.reason);
      return;
    }
    const [id, , , , uid, name, attempt] = message;
    const context = new FunctionContext({ uid, name, attempt }, place, () => channel.send({ listens: id }));
    running = { id, context };
    void serveCall(message, context).then(({ value, failure, printed }) => {
      const rest = [cpuTime(), printed] as const;
      try {
        channel.send([id, value, failure, ...rest]);
      } catch (error) {
        channel.send([id, undefined, notSerializable(error), ...rest]);
      }
    });
  };
}

interface CallEnd {
  readonly value?: unknown;
  readonly failure?: CallFailure;
  readonly printed: Printed | undefined;
}

async function serveCall(call: CallMessage, context: FunctionContext): Promise<CallEnd> {
  const [, url, name, args, , , , target, surroundings] = call;
  let prints: Prints | undefined;
  let leave: (() => void) | undefined;
  try {
    leave = surroundings && enterSurroundings(surroundings);
    const opened = openPrints(target);
    prints = opened;
    const loading = loadFunction(url, name);
    const run = loading instanceof Promise ? await loading : loading;
    const value = await runPrinting(opened, () => runInTaskContext(context, () => run(...args)));
    return { value, printed: prints.close() };
  } catch (thrown) {
    return { failure: toFailure(thrown), printed: prints?.close() };
  } finally {
    leave?.();
  }
}

/** Reads the clock once for each call: what a worker does between two calls is getting the second one. */
function cpuMeter(channel: WorkerChannel): () => number | undefined {
  let last = channel.cpuUsage();
  return () => {
    const now = channel.cpuUsage();
    if (now === undefined || last === undefined) return undefined;
    const microseconds = now.user + now.system - last.user - last.system;
    last = now;
    return microseconds / 1000;
  };
}

function toFailure(thrown: unknown): CallFailure {
  if (thrown instanceof CallError) {
    const { code, message, cause } = thrown;
    return { code, message, ...(cause !== undefined && { thrown: packValue(cause) }) };
  }
  const message = `the function threw ${describeThrown(thrown)}`;
  return { code: "TASK_FUNCTION_THREW", message, thrown: packValue(thrown) };
}

function notSerializable(error: unknown): CallFailure {
  const message = `what the function returned cannot be copied: ${describeThrown(error)}; return plain data`;
  return { code: "TASK_NOT_SERIALIZABLE", message, thrown: packValue(error) };
}
