import { setTimeout as pause } from "node:timers/promises";
import { BackendError } from "@rhapsody/core";
import type { ReplicaAddress } from "../fleet/call.ts";
import { saidIn } from "../fleet/classify.ts";
import { objectsIn, readObject } from "../fleet/read-json.ts";
import { look, LOOK_MS } from "./look.ts";

/** Pause before servers of which none answered are asked again, in milliseconds. */
const PAUSE_MS = 250;

/** What to reach. */
export interface Reach {
  readonly backend: string;
  readonly servers: readonly ReplicaAddress[];
  readonly model: string | undefined;
  /** How long to ask again and again, in milliseconds; `0` asks once. */
  readonly connectTimeoutMs: number;
  /** Called with each server that cannot be asked, and why, when others can. */
  readonly onProblem: (server: string, why: string) => void;
}

/** How a server answered: the models that it listed, or why it is of no use. */
type Finding = { readonly models: readonly string[] } | { readonly problem: string };

/**
 * Resolves once one of the servers can be asked, with all of them, and the models of those that answered; the others may come later.
 *
 * @throws `BackendError` `BACKEND_UNAVAILABLE` with what each server said when none can, or when all list their models and the one wanted is not among them.
 */
export async function reachServers(reach: Reach, signal: AbortSignal): Promise<readonly ReplicaAddress[]> {
  const until = performance.now() + reach.connectTimeoutMs;
  for (;;) {
    const findings = await Promise.all(reach.servers.map((server) => visit(server, signal)));
    signal.throwIfAborted();
    if (findings.some((finding) => "models" in finding)) {
      findings.forEach((finding, index) => {
        if ("problem" in finding) reach.onProblem(reach.servers[index]?.name ?? "", finding.problem);
      });
      const servers = reach.servers.map((server, index) => ({ ...server, ...toModels(findings[index]) }));
      refuseUnknownModel(reach, servers);
      return servers;
    }
    if (performance.now() >= until) {
      const each = findings
        .map((finding, index) => `${reach.servers[index]?.url}: ${"problem" in finding ? finding.problem : ""}`)
        .join("; ");
      throw unavailable(reach, `no server can be asked: ${each}`);
    }
    await pause(PAUSE_MS, undefined, { signal });
  }
}

async function visit(server: ReplicaAddress, signal: AbortSignal): Promise<Finding> {
  try {
    const { status, text } = await look(server, "models", signal);
    if (status === 401 || status === 403) return { problem: `it wants another apiKey (${status})` };
    if (status >= 500 && !(await isWell(server, signal))) return { problem: `it failed (${status}: ${saidIn(text)})` };
    const models = objectsIn(readObject(text)?.["data"]).map(({ id }) => id);
    // A server without such a list can be asked all the same.
    return { models: models.filter((id) => typeof id === "string") };
  } catch (error) {
    return { problem: `it cannot be reached (${reasonOf(error)}): is it running, and is the address right?` };
  }
}

/** Some can answer, and yet not list what they have: transformers 5.19 looks for more in a cache that need not be there. */
async function isWell(server: ReplicaAddress, signal: AbortSignal): Promise<boolean> {
  const { status } = await look(server, "/health", signal);
  return status < 400;
}

function toModels(finding: Finding | undefined): Pick<ReplicaAddress, "models"> {
  return finding !== undefined && "models" in finding ? finding : {};
}

function refuseUnknownModel(reach: Reach, servers: readonly ReplicaAddress[]): void {
  const { model } = reach;
  // One that did not tell may have it.
  if (model === undefined || servers.some(({ models = [] }) => models.length === 0)) return;
  const known = [...new Set(servers.flatMap(({ models = [] }) => models))];
  if (!known.includes(model))
    throw unavailable(reach, `no server has the model ${model}; there is ${known.join(", ")}`);
}

/** Several addresses of one name give an error without a message, with one error for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer for ${LOOK_MS / 1000} s`;
  return "code" in error && error.code === "ERR_SSL_WRONG_VERSION_NUMBER" ? "it speaks http, not https" : error.message;
}

function unavailable({ backend }: Reach, message: string): BackendError {
  return new BackendError("BACKEND_UNAVAILABLE", { backend, message });
}
