import { Socket } from "node:net";
import { HostLink } from "../helper/host-link.ts";
import { PortableEngine } from "./portable-engine.ts";

/** Serves the host on a socket until it closes or dies, with nothing but Node's own modules. */
export function runPortable(fd: number, reason: string): void {
  // Somebody who signals all processes of a job means the host and the tasks; this one ends when the host does.
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
  const socket = new Socket({ fd, readable: true, writable: true });
  const link = new HostLink(
    {
      kind: "portable",
      reason,
      open: (settings) =>
        new PortableEngine({
          ...settings,
          report(event) {
            settings.report(event);
            // All that happens in one turn of the event loop goes in one frame.
            setImmediate(() => link.flush());
          },
        }),
      closed: () => socket.end(() => process.exit(0)),
    },
    (frame) => socket.write(frame),
  );
  socket.on("data", (chunk: Uint8Array) => link.receive(chunk));
  // A host that died; "close" follows.
  socket.on("error", () => undefined);
  socket.on("close", () => link.hostGone());
}
