import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecutableWork, FunctionWork, PromptWork, TaskWork } from "../backend/task-spec.ts";
import { buildWork } from "../dispatch/build-spec.ts";
import { messageOf } from "../errors/message-of.ts";
import type { TaskPlan } from "../graph/task-plan.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { isSecret } from "../task/secret.ts";
import type { TaskResult } from "../task/task-result.ts";
import { NO_SOURCE } from "./cache-flaw.ts";
import type { PlannedCache } from "./cache-schema.ts";
import type { ContentHashes } from "./content-hashes.ts";
import { digestOf } from "./digest-of.ts";
import { sourceOf } from "./function-source.ts";

/** Goes into every key: results under keys that were made in another way are not found. */
const REVISION = 1;

/** Tells by what they are given whether two tasks are the same. */
export class CacheKeys {
  readonly #contents: ContentHashes;
  /** `PATH` of this process. */
  readonly #searchPath: string | undefined;
  /** A value may have many dependents. */
  readonly #values = new WeakMap<TaskResult, string>();

  constructor(contents: ContentHashes, searchPath: string | undefined) {
    this.#contents = contents;
    this.#searchPath = searchPath;
  }

  /**
   * The key of a record that is ready to run: 64 hexadecimal digits.
   *
   * @throws what reading one of its files throws, or building its values.
   */
  async of(record: TaskRecord, { key, version, inputs = [] }: PlannedCache): Promise<string> {
    const { plan } = record;
    const kept = [plan.work.kind, "capture" in plan.work && [plan.work.capture, plan.work.maxOutputBytes]];
    if (key !== undefined) return digestOf([REVISION, kept, version, key]);
    // All that is taken from the record is taken now: it may be cancelled meanwhile, and let go of it.
    const given = [this.#surroundings(plan), this.#dependencies(record)];
    const [work, contents] = await Promise.all([
      this.#work(buildWork(record), plan),
      Promise.all(inputs.map((input) => this.#input(input, plan))),
    ]);
    return digestOf([REVISION, kept, version, given, work, contents]);
  }

  #surroundings({ environment = {}, workingDirectory, resources, backendOptions }: TaskPlan): string {
    const { ranks = 1, nodes = 1 } = resources ?? {};
    const variables = Object.entries(environment).map(([name, value]) => [name, isSecret(value) ? null : value]);
    return digestOf([Object.fromEntries(variables), workingDirectory, ranks, nodes, backendOptions]);
  }

  #dependencies({ dependencies }: TaskRecord): readonly unknown[] {
    return dependencies.map(({ state, result }) => [state, result && this.#value(result)]);
  }

  #value(result: TaskResult): string {
    const known = this.#values.get(result);
    if (known !== undefined) return known;
    const digest = digestOf(result.returnValue);
    this.#values.set(result, digest);
    return digest;
  }

  async #work(work: TaskWork, plan: TaskPlan): Promise<unknown> {
    switch (work.kind) {
      case "executable":
        return await this.#executable(work, plan);
      case "function":
        return [await this.#function(work), digestOf(work.args)];
      case "prompt":
        return [digestOf(work.prompt), work.model, digestOf(work.sampling), ...schemaOf(work, plan)];
      case "embedding":
        return [digestOf(work.input), work.model, work.dimensions, digestOf(work.parameters)];
    }
  }

  async #executable({ executable, arguments: given, stdin }: ExecutableWork, plan: TaskPlan): Promise<unknown> {
    const own = plan.environment?.["PATH"];
    const path = typeof own === "string" ? own : this.#searchPath;
    const content = await this.#contents.ofProgram(executable, { directory: directoryOf(plan), path });
    return [executable, content, digestOf(given), stdin];
  }

  async #function({ function: reference }: FunctionWork): Promise<unknown> {
    switch (reference.kind) {
      case "inline": {
        const source = sourceOf(reference.call);
        if (source === undefined) throw new TypeError(NO_SOURCE);
        return ["inline", source];
      }
      case "module": {
        const { url, name } = reference;
        const content = url.startsWith("file:") ? await this.#contents.ofFile(fileURLToPath(url)) : undefined;
        return ["module", url, name, content];
      }
      case "python":
        return ["python", reference.module, reference.name];
    }
  }

  async #input(input: string, plan: TaskPlan): Promise<readonly string[]> {
    try {
      return [input, await this.#contents.ofTree(resolve(directoryOf(plan), input))];
    } catch (cause) {
      throw new Error(`input ${input}: ${messageOf(cause)}`, { cause });
    }
  }
}

/** What says how an answer is guided and read; nothing where it is text as the model likes it. */
function schemaOf({ jsonSchema }: PromptWork, { work }: TaskPlan): readonly unknown[] {
  const isChecked = work.kind === "prompt" && work.responseSchema !== undefined;
  return jsonSchema === undefined && !isChecked ? [] : [isChecked, digestOf(jsonSchema)];
}

function directoryOf({ workingDirectory = "." }: TaskPlan): string {
  return resolve(workingDirectory);
}
