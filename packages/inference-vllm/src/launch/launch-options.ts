import { OptionsError } from "@rhapsody/core";
import { z } from "zod";
import { duration } from "../options/duration.ts";
import { visible } from "../options/visible.ts";
import { refuseOwned } from "./owned-arguments.ts";

/** How to start servers of one's own, each a `vllm serve`. */
export interface LaunchOptions {
  /** Model to serve: its name on the Hugging Face hub, or the path of its directory. @defaultValue `modelName`, or the one that `configFile` names */
  readonly model?: string | undefined;
  /** What requests call the model, when `model` is given too; else the model to serve. @defaultValue `model` */
  readonly modelName?: string | undefined;
  /** Path of a YAML file with arguments of `vllm serve` (`max-model-len: 8192`), as vLLM itself reads it; options here win over what it says. @defaultValue none */
  readonly configFile?: string | undefined;
  /** Nodes to start servers on; more than one needs `launch`. @defaultValue `1` */
  readonly numNodes?: number | undefined;
  /** GPUs to use on each node, shared out among its servers; `0` for none. @defaultValue left to vLLM, which takes the first ones */
  readonly numGpus?: number | undefined;
  /** GPUs that one server spreads the model over (tensor parallelism). @defaultValue as `configFile` says, else `1` */
  readonly tpSize?: number | undefined;
  /** Servers on each node. @defaultValue as many as `numGpus` is enough for, at least `1` */
  readonly replicas?: number | undefined;
  /** The first server's port; those after it on the same node have the following ones. @defaultValue as `configFile` says, else free ones (`0`) */
  readonly port?: number | undefined;
  /** Nodes of the allocation to leave to others, e.g. to another backend with servers of its own. @defaultValue `0` */
  readonly offset?: number | undefined;
  /** GPUs of each node to leave to others. @defaultValue `0` */
  readonly gpuOffset?: number | undefined;
  /** Address that servers listen on; others than loopback are reachable from other machines, with the key. @defaultValue `"127.0.0.1"`, with `launch` `"0.0.0.0"` */
  readonly host?: string | undefined;
  /** Key that servers ask for. They get it in the environment, which the same user and the administrator can read. @defaultValue a random one */
  readonly apiKey?: string | undefined;
  /** More arguments of `vllm serve`, after all others. @defaultValue none */
  readonly extraArguments?: readonly string[] | undefined;
  /** Variables for servers, over those of this process. @defaultValue none */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The program `vllm`, a path or a name in `PATH`. @defaultValue the one beside `python`; beside `RHAPSODY_PYTHON`; of the active virtual environment; in `PATH` */
  readonly executable?: string | undefined;
  /** Python that vLLM is installed for; only to find its program. @defaultValue none */
  readonly python?: string | undefined;
  /** Longest time for a server to become ready, in milliseconds. Large models take minutes, and much longer when they have to be downloaded. @defaultValue `1_800_000` */
  readonly startTimeoutMs?: number | undefined;
  /** How often in a row a server that dies is started again; one that ran for a minute begins anew. @defaultValue `5` */
  readonly maxRestarts?: number | undefined;
  /**
   * A server that makes no progress and answers no request for as long counts as hung and is started again, in milliseconds; `0` for never. Twice the time
   * passes until then. @defaultValue `300_000`
   */
  readonly hangTimeoutMs?: number | undefined;
  /**
   * Puts a server on its node: what it gives is put before the server's command line, e.g. `srun --nodes=1 --ntasks=1 --nodelist=…`. Killing that command
   * has to end the server. @defaultValue servers run on this machine
   */
  readonly launch?: ((server: PlannedServer) => Placement) | undefined;
}

/** A server that is to be started. */
export interface PlannedServer {
  /** E.g. `replica-0`, unique among the servers of a launcher. */
  readonly name: string;
  /** Which of the allocation's nodes it is for, from `offset` on. */
  readonly node: number;
  /** Port that it will listen on. */
  readonly port: number;
  /** Numbers of the GPUs it will use; absent when that is left to vLLM. */
  readonly gpus?: readonly number[];
}

/** Where a server is put. */
export interface Placement {
  /** Program and arguments that go before the server's own. */
  readonly command: readonly string[];
  /** Address of the node, as this machine reaches it. */
  readonly host: string;
}

/** {@link LaunchOptions}, checked. */
export type LaunchSettings = LaunchOptions & {
  readonly numNodes: number;
  readonly offset: number;
  readonly gpuOffset: number;
  readonly extraArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
  readonly maxRestarts: number;
  readonly hangTimeoutMs: number;
};

const text = z.string().min(1);
const count = z.int().nonnegative();

const fields = {
  model: text.optional(),
  modelName: text.optional(),
  configFile: text.optional(),
  numNodes: z.int().positive().default(1),
  numGpus: count.optional(),
  tpSize: z.int().positive().optional(),
  replicas: z.int().positive().optional(),
  port: z.int().min(0).max(65_535).optional(),
  offset: count.default(0),
  gpuOffset: count.default(0),
  host: text.optional(),
  apiKey: visible.optional(),
  extraArguments: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  executable: text.optional(),
  python: text.optional(),
  startTimeoutMs: duration.int().positive().default(1_800_000),
  maxRestarts: count.default(5),
  hangTimeoutMs: duration.int().nonnegative().default(300_000),
  // Called by us alone, with what its type says.
  launch: z.custom<LaunchOptions["launch"]>((value) => typeof value === "function", "must be a function").optional(),
} satisfies Record<keyof LaunchOptions, z.ZodType>;

/** Schemas of the options one by one, for objects that have others beside them. */
export const launchFields: Readonly<Record<keyof LaunchOptions, z.ZodType>> = fields;

const schema: z.ZodType<LaunchSettings, LaunchOptions> = z.strictObject(fields).superRefine((options, context) => {
  for (const message of problemsOf(options)) context.addIssue({ code: "custom", message });
});

/**
 * Checks options by themselves; files and programs are looked for when servers are started.
 *
 * @param what - What was given them, for the error.
 * @throws `OptionsError` that lists every problem.
 */
export function parseLaunchOptions(what: string, options: LaunchOptions): LaunchSettings {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new OptionsError(`${what}: ${z.prettifyError(result.error)}`, { cause: result.error });
}

function problemsOf(options: LaunchSettings): readonly string[] {
  const { model, modelName, configFile, numNodes, offset, launch, extraArguments } = options;
  const problems: string[] = [];
  if (model === undefined && modelName === undefined && configFile === undefined)
    problems.push("name a model to serve: model, or configFile with one in it");
  if (launch === undefined && (numNodes > 1 || offset > 0))
    problems.push(
      "numNodes and offset are for the nodes of an allocation: give launch, which puts a server on its node",
    );
  for (const argument of extraArguments) {
    const [, name] = /^--?([^=]+)/.exec(argument) ?? [];
    const problem = name === undefined ? undefined : refuseOwned(name);
    if (problem !== undefined) problems.push(`extraArguments: ${name} ${problem}`);
  }
  return [...problems, ...gpuProblems(options)];
}

function gpuProblems({ numGpus, tpSize = 1, replicas = 1, gpuOffset }: LaunchSettings): readonly string[] {
  if (numGpus === undefined)
    return gpuOffset === 0 ? [] : ["gpuOffset: say with numGpus how many GPUs to use from there on"];
  const needed = replicas * tpSize;
  if (numGpus === 0 || numGpus >= needed) return [];
  return [`numGpus: ${replicas} servers on ${tpSize} GPUs each need ${needed}, not ${numGpus}`];
}
