// The entry of a worker process. The host listens at the address that stands on standard input.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { encodeFrame, FrameReader } from "../launcher/protocol/frame.ts";
import type { HostMessage } from "./messages.ts";
import type { WorkerAddress } from "./process-link.ts";
import { serveCalls } from "./serve-calls.ts";

process.title = "rhapsody-worker";
// The host writes this and nothing else.
const { path, token, place } = JSON.parse(readFileSync(0, "utf8")) as WorkerAddress;

const socket = connect(path);
const serve = serveCalls(place, {
  send: (message) => void socket.write(encodeFrame(message)),
  cpuUsage: () => process.cpuUsage(),
});
const reader = new FrameReader();
socket.on("data", (chunk) => {
  // Only the host is at the other end.
  for (const message of reader.push(chunk)) serve(message as HostMessage);
});
socket.on("error", () => process.exit(1));
socket.on("close", () => process.exit(0));
socket.write(token);
socket.write(encodeFrame("ready"));
