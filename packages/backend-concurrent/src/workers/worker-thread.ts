// The entry of a worker thread.
import { parentPort } from "node:worker_threads";
import { serveCalls } from "./serve-calls.ts";

if (parentPort === null) throw new TypeError("worker-thread runs as a worker thread only");
const port = parentPort;

const serve = serveCalls({
  send: (message) => port.postMessage(message),
  cpuUsage: () => process.threadCpuUsage?.(),
});
port.on("message", serve);
port.postMessage({ kind: "ready" });
