import { readFile } from "node:fs/promises";
import { OptionsError } from "@rhapsody/core";
import { parse } from "yaml";
import { z } from "zod";
import { refuseElsewhere } from "./owned-arguments.ts";

/** What has to be known of a configuration file of `vllm serve`; the rest of it is vLLM's alone. */
export interface ServeConfiguration {
  readonly model?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tpSize?: number;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const schema = z
  .record(
    z.string(),
    z.union([scalar, z.array(scalar), z.record(z.string(), z.unknown())], {
      error:
        "must be a text, a number, true or false, a list of these, or a mapping; leave the line out for vLLM's default",
    }),
    "must be a mapping of arguments of `vllm serve` to their values, e.g. max-model-len: 8192",
  )
  .superRefine((entries, context) => {
    for (const key of Object.keys(entries)) {
      const problem = problemOf(key);
      if (problem !== undefined) context.addIssue({ code: "custom", path: [key], message: problem });
    }
  });

function problemOf(key: string): string | undefined {
  if (key === "api-key") return "use the option apiKey: vLLM writes what stands here into its log";
  return /^[a-zA-Z]/.test(key)
    ? refuseElsewhere(key)
    : "is no name of an argument; write it without the dashes before it";
}

const known = z.object({
  model: z.string().optional(),
  host: z.string().optional(),
  port: z.int().min(0).max(65_535).optional(),
  "tensor-parallel-size": z.int().positive().optional(),
});

/**
 * Reads and checks the YAML of `vllm serve --config`. Keys that vLLM does not know are told by vLLM, whose versions differ in them, when it starts.
 *
 * @throws `OptionsError` that lists every problem, with the file.
 */
export async function readConfigFile(path: string): Promise<ServeConfiguration> {
  const refuse = (problem: string, cause: unknown): OptionsError =>
    new OptionsError(`configFile ${path}: ${problem}`, { cause });
  if (!/\.ya?ml$/.test(path)) throw refuse("vLLM reads only files called .yaml or .yml", undefined);
  let document: unknown;
  try {
    document = parse(await readFile(path, "utf8"), { uniqueKeys: true });
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  // An empty file is an empty mapping.
  const entries = schema.safeParse(withDashes(document ?? {}));
  if (!entries.success) throw refuse(z.prettifyError(entries.error), entries.error);
  const values = known.safeParse(entries.data);
  if (!values.success) throw refuse(z.prettifyError(values.error), values.error);
  const { model, host, port, "tensor-parallel-size": tpSize } = values.data;
  return {
    ...(model !== undefined && { model }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(tpSize !== undefined && { tpSize }),
  };
}

/** `max_model_len` is the same argument as `max-model-len`. */
function withDashes(document: unknown): unknown {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return document;
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [key.replaceAll("_", "-"), value as unknown]),
  );
}
