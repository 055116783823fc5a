import { runInTaskContext } from "@rhapsody/core/task-context";
import { describeThrown } from "../functions/describe-thrown.ts";
import { FunctionContext } from "../functions/function-context.ts";
import { CallError } from "./call-error.ts";
import { loadFunction } from "./load-function.ts";
import type { CallMessage, CallResult, HostMessage, WorkerMessage } from "./messages.ts";
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

/** Runs the calls that a pool sends, one at a time. Takes over the output streams of its thread or process. */
export function serveCalls(channel: WorkerChannel): (message: HostMessage) => void {
  capturePrints();
  let running: { readonly id: number; readonly context: FunctionContext } | undefined;
  return (message) => {
    if (message.kind === "abort") {
      if (running?.id === message.id) running.context.abort(message.reason);
      return;
    }
    const { id, task } = message;
    const context = new FunctionContext(task, task, () => channel.send({ kind: "listens", id }));
    running = { id, context };
    void serveCall(message, context, channel);
  };
}

async function serveCall(call: CallMessage, context: FunctionContext, channel: WorkerChannel): Promise<void> {
  const before = channel.cpuUsage();
  let prints: Prints | undefined;
  let leave: (() => void) | undefined;
  let result: CallResult;
  try {
    leave = enterSurroundings(call);
    const opened = openPrints(call.prints);
    prints = opened;
    const loading = loadFunction(call);
    const target = loading instanceof Promise ? await loading : loading;
    const run = (): unknown => runInTaskContext(context, () => target(...call.args));
    result = { ok: true, value: await runPrinting(opened, run) };
  } catch (thrown) {
    result = toFailure(thrown);
  }
  leave?.();
  const printed = prints?.close();
  const after = before && channel.cpuUsage();
  const rest = {
    ...(printed !== undefined && { prints: printed }),
    ...(before !== undefined && after !== undefined && { cpuTimeMs: millisecondsBetween(before, after) }),
  };
  try {
    channel.send({ kind: "end", id: call.id, result, ...rest });
  } catch (error) {
    const message = `what the function returned cannot be copied: ${describeThrown(error)}; return plain data`;
    channel.send({
      kind: "end",
      id: call.id,
      result: { ok: false, code: "TASK_NOT_SERIALIZABLE", message, thrown: packValue(error) },
      ...rest,
    });
  }
}

function toFailure(thrown: unknown): CallResult {
  if (thrown instanceof CallError) {
    const { code, message, cause } = thrown;
    return { ok: false, code, message, ...(cause !== undefined && { thrown: packValue(cause) }) };
  }
  const message = `the function threw ${describeThrown(thrown)}`;
  return { ok: false, code: "TASK_FUNCTION_THREW", message, thrown: packValue(thrown) };
}

function millisecondsBetween(before: NodeJS.CpuUsage, after: NodeJS.CpuUsage): number {
  return (after.user + after.system - before.user - before.system) / 1000;
}
