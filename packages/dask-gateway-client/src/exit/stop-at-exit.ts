import { spawnSync } from "node:child_process";

/** A request that stops a cluster: `DELETE`. */
export interface ExitRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Authorities to trust besides the usual ones, PEM. */
  readonly ca: readonly string[];
}

/** What has clusters that may not outlive the process. */
export interface ExitStops {
  /** Stops them, when the process still can wait. */
  stopAll(options: { readonly timeoutMs: number }): Promise<void>;
  /** What stops them when it cannot. */
  requests(): readonly ExitRequest[];
}

// So long the end of the process may take, each way.
const EXIT_TIMEOUT_MS = 10_000;

const owners = new Set<ExitStops>();

/**
 * Stops the owner's clusters when the process ends in order: when it has nothing left to do, at `process.exit()`, or by an uncaught error. Returns what
 * undoes this. Signals are left to the program: one without a handler ends the process at once, and its clusters run on.
 */
export function stopAtExit(owner: ExitStops): () => void {
  forgetExit();
  owners.add(owner);
  process.on("beforeExit", onBeforeExit);
  process.on("exit", onExit);
  return () => {
    owners.delete(owner);
    if (owners.size === 0) forgetExit();
  };
}

function forgetExit(): void {
  process.off("beforeExit", onBeforeExit);
  process.off("exit", onExit);
}

function onBeforeExit(): void {
  // Each only once: a gateway that does not answer may not hold the process for ever. onExit tries the rest.
  process.off("beforeExit", onBeforeExit);
  for (const owner of owners) void owner.stopAll({ timeoutMs: EXIT_TIMEOUT_MS }).catch(() => {});
}

// Nothing can be awaited here, so another process does it. Credentials go through its standard input.
function onExit(): void {
  const requests = [...owners].flatMap((owner) => owner.requests());
  if (requests.length === 0) return;
  const input = JSON.stringify({ undici: import.meta.resolve("undici"), requests, timeoutMs: EXIT_TIMEOUT_MS });
  spawnSync(process.execPath, ["--input-type=module", "--eval", STOPPER], {
    input,
    stdio: ["pipe", "ignore", "ignore"],
    timeout: EXIT_TIMEOUT_MS + 1_000,
    killSignal: "SIGKILL",
    windowsHide: true,
  });
}

const STOPPER = `
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
const { undici, requests, timeoutMs } = JSON.parse(readFileSync(0, "utf8"));
const { EnvHttpProxyAgent, request } = await import(undici);
await Promise.allSettled(
  requests.map(async ({ url, headers, ca }) => {
    const tls = ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] };
    const dispatcher = new EnvHttpProxyAgent({ connect: tls, requestTls: tls, proxyTls: tls });
    const { body } = await request(url, { method: "DELETE", headers, dispatcher, signal: AbortSignal.timeout(timeoutMs) });
    await body.dump();
  }),
);
process.exit();
`;
