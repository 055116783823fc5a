// The entry of a worker thread.
import { parentPort, workerData } from "node:worker_threads";
import type { Place } from "../functions/function-context.ts";
import { serveCalls } from "./serve-calls.ts";

if (parentPort === null) throw new TypeError("worker-thread runs as a worker thread only");
const port = parentPort;

// The host starts this file and passes it that.
const serve = serveCalls(workerData as Place, {
  send: (message) => port.postMessage(message),
  cpuUsage: () => process.threadCpuUsage?.(),
});
port.on("message", serve);
port.postMessage("ready");
