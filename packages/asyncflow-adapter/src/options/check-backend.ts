import type { Backend, FunctionKind, TaskKind } from "@rhapsody/core";
import { FlowError } from "../errors/flow-error.ts";

/** What is known of the backends of a session. */
export interface KnownBackends {
  /** Names of all. */
  readonly names: readonly string[];
  /** Those of which is known what they can. */
  readonly backends: readonly Backend[];
}

/**
 * Makes sure that a backend is there and takes a kind of work, as far as that is known.
 *
 * @throws FlowError `FLOW_BACKEND_UNKNOWN` or `FLOW_BACKEND_UNSUITABLE`.
 */
export function checkBackend(
  name: string | undefined,
  kind: FunctionKind | Exclude<TaskKind, "function" | "embedding">,
  { names, backends }: KnownBackends,
): void {
  if (name === undefined) {
    const takers = backends.filter((backend) => takes(backend, kind));
    if (takers.length > 0 || backends.length < names.length || backends.length === 0) return;
    throw unsuitable(backends.map((backend) => backend.name).join(", "), kind);
  }
  if (!names.includes(name)) {
    const message = `[flow] the engine has no backend ${JSON.stringify(name)}, only: ${names.join(", ")}; add it first`;
    throw new FlowError("FLOW_BACKEND_UNKNOWN", message);
  }
  const backend = backends.find((candidate) => candidate.name === name);
  if (backend !== undefined && !takes(backend, kind)) throw unsuitable(name, kind);
}

function takes({ capabilities }: Backend, kind: Parameters<typeof checkBackend>[1]): boolean {
  if (kind === "executable" || kind === "prompt") return capabilities.taskKinds.includes(kind);
  return capabilities.taskKinds.includes("function") && capabilities.functionKinds.includes(kind);
}

const WORK: Readonly<Record<Parameters<typeof checkBackend>[1], string>> = {
  executable: "programs",
  prompt: "prompts",
  inline: "closures: give a function of a module (moduleTask), which can go where this process is not",
  module: "functions of modules",
  python: "Python functions",
};

function unsuitable(name: string, kind: keyof typeof WORK): FlowError {
  return new FlowError("FLOW_BACKEND_UNSUITABLE", `[flow] backend ${name} runs no ${WORK[kind]}`);
}
