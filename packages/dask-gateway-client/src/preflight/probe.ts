import { connect } from "node:tls";
import type { GatewayTls } from "../cluster/gateway-tls.ts";

/** Where and as what a scheduler is tried. */
export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly cluster: string;
  readonly tls: GatewayTls;
}

/**
 * What came of one TLS handshake.
 *
 * - `reached`: it is the cluster's scheduler.
 * - `other`: something else speaks there, with `detail`.
 * - `closed`: the connection was closed before any TLS, as the scheduler proxy does for clusters that it does not know.
 * - `unreachable`: no connection, with `detail`.
 */
export interface ProbeOutcome {
  readonly kind: "reached" | "other" | "closed" | "unreachable";
  readonly detail: string;
}

/** One TLS handshake with the scheduler, as Dask's client makes it. Rejects only with the signal's reason. */
export async function probe({ host, port, cluster, tls }: ProbeTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<ProbeOutcome>();
  let connected = false;
  const socket = connect({
    host,
    port,
    servername: `daskgateway-${cluster}`,
    ca: tls.certificate,
    cert: tls.certificate,
    key: tls.key,
    // The certificate names the cluster, not this host; whether it is this cluster's is looked at below.
    checkServerIdentity: () => undefined,
    rejectUnauthorized: false,
  });
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", () => {
    connected = true;
  });
  socket.once("secureConnect", () => {
    resolve(
      socket.authorized
        ? { kind: "reached", detail: "" }
        : { kind: "other", detail: `a TLS server with another certificate (${String(socket.authorizationError)})` },
    );
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    const detail = error.code ?? error.message;
    if (!connected) resolve({ kind: "unreachable", detail });
    resolve(
      /SSL|EPROTO/.test(detail)
        ? { kind: "other", detail: `something that speaks no TLS (${detail})` }
        : { kind: "closed", detail },
    );
  });
  socket.once("close", () => resolve({ kind: "closed", detail: "closed" }));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}
