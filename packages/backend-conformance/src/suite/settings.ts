import { tmpdir } from "node:os";
import type { ConformanceOptions, EmbeddingSamples, PromptSamples, WorkKind } from "./conformance-options.ts";
import { CONTRACT_REVISION } from "./contract-revision.ts";

/** {@link ConformanceOptions} after defaults. */
export interface Settings {
  readonly title: string;
  readonly timeoutMs: number;
  readonly openTimeoutMs: number;
  readonly smallTasks: (kind: WorkKind) => number;
  readonly opening: "each" | "shared";
  readonly directory: string;
  readonly shell: string;
  readonly node: string;
  readonly prompts: PromptSamples;
  readonly embeddings: EmbeddingSamples;
  readonly refused: ConformanceOptions["refused"];
  readonly only: readonly string[] | undefined;
  readonly except: ReadonlyMap<string, string>;
}

const DEFAULT_SMALL_TASKS = 10_000;

/** Fills in defaults. @throws TypeError when an exception gives no reason. */
export function toSettings(options: ConformanceOptions): Settings {
  const { smallTasks = DEFAULT_SMALL_TASKS } = options;
  const except = new Map(Object.entries(options.except ?? {}));
  for (const [id, reason] of except) {
    if (reason.trim() === "") throw new TypeError(`describeBackend: except["${id}"] needs a reason`);
  }
  return {
    title: options.title ?? `contract ${CONTRACT_REVISION}`,
    timeoutMs: options.timeoutMs ?? 15_000,
    openTimeoutMs: options.openTimeoutMs ?? 60_000,
    smallTasks: (kind) => (typeof smallTasks === "number" ? smallTasks : (smallTasks[kind] ?? DEFAULT_SMALL_TASKS)),
    opening: options.opening ?? "each",
    directory: options.directory ?? tmpdir(),
    shell: options.shell ?? "/bin/sh",
    node: options.node ?? process.execPath,
    prompts: options.prompts ?? {},
    embeddings: options.embeddings ?? {},
    refused: options.refused,
    only: options.only,
    except,
  };
}
