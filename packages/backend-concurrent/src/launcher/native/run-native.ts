import { HostLink } from "../helper/host-link.ts";
import { ControlSocket } from "./control-socket.ts";
import type { Kernel } from "./kernel.ts";
import { NativeEngine } from "./native-engine.ts";

// signal.h
const SIGHUP = 1;
const SIGINT = 2;
const SIGTERM = 15;
const SIG_IGN = 1;

/**
 * Serves the host on a socket until it closes or dies. Never returns: Node's event loop stands still from here on, as one blocking
 * wait for all descriptors costs a fraction of a stream object for each of them.
 */
export function runNative(kernel: Kernel, fd: number): never {
  const { libc, poller } = kernel;
  // Somebody who signals all processes of a job means the host and the tasks; this one ends when the host does.
  for (const signal of [SIGHUP, SIGINT, SIGTERM]) libc.signal(signal, SIG_IGN);
  let engine: NativeEngine | undefined;
  let closed = false;
  const link = new HostLink(
    {
      kind: "native",
      open(settings) {
        engine = new NativeEngine(kernel, settings);
        return engine;
      },
      closed() {
        closed = true;
      },
    },
    (frame) => socket.send(frame),
  );
  const socket = new ControlSocket({
    libc,
    poller,
    fd,
    receive: (chunk) => link.receive(chunk),
    ended: () => link.hostGone(),
  });
  for (;;) {
    poller.wait(engine?.timeoutMs ?? -1);
    engine?.advance();
    link.flush();
    if (closed && socket.drained) process.exit(0);
  }
}
