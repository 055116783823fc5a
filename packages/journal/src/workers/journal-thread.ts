// The entry of a journal's thread.
import { parentPort } from "node:worker_threads";
import type { Request } from "./operations.ts";
import { serveStore } from "./serve-store.ts";

if (parentPort === null) throw new TypeError("journal-thread runs as a worker thread only");
const port = parentPort;

const serve = serveStore((answer) => port.postMessage(answer));
// Only the host's end of this package sends here.
port.on("message", (request: Request) => serve(request));
