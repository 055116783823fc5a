import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contender, EngineSettings, Sample } from "../comparison.ts";

const execute = promisify(execFile);

/** A contender that takes longer has hung. */
const LONGEST_RUN_MS = 600_000;

/** Where the Python contenders find what they share. */
const env = { ...process.env, PYTHONPATH: fileURLToPath(new URL("../contenders/upstream", import.meta.url)) };

/** How contenders are started. */
export interface Runtimes {
  /** Path of the Python that has upstream; absent when upstream is left out. */
  readonly upstream?: string | undefined;
  /** The engine of the comparison, when it has one. */
  readonly engine?: EngineSettings | undefined;
  /** Flags for every Node.js contender. */
  readonly nodeFlags: readonly string[];
}

/**
 * Runs a contender once, in a process of its own, and resolves to what it reported.
 *
 * @throws Error with what the contender wrote to standard error, when it fails or reports nothing.
 */
export async function runContender(contender: Contender, runtimes: Runtimes): Promise<Sample> {
  const output = await run(commandOf(contender, runtimes));
  const report = output.trimEnd().split("\n").at(-1) ?? "";
  try {
    // Contenders are our own, and each ends with `reportSample` or its Python counterpart.
    return JSON.parse(report) as Sample;
  } catch (cause) {
    throw new Error(`${contender.name} reported no figures: its last line was ${JSON.stringify(report)}`, { cause });
  }
}

async function run([command, ...args]: readonly [string, ...string[]]): Promise<string> {
  // Upstream makes a directory for each session where it is started.
  const cwd = await mkdtemp(join(tmpdir(), "rhapsody-bench-"));
  try {
    const { stdout } = await execute(command, args, { cwd, env, timeout: LONGEST_RUN_MS, killSignal: "SIGKILL" });
    return stdout;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function commandOf({ runtime, program, flags = [], settings }: Contender, runtimes: Runtimes): [string, ...string[]] {
  const path = fileURLToPath(new URL(`../contenders/${program}`, import.meta.url));
  const rest = [...flags, path, JSON.stringify({ ...settings, ...runtimes.engine })];
  if (runtime === "node") return [process.execPath, ...runtimes.nodeFlags, ...rest];
  const python = runtime === "upstream" ? runtimes.upstream : runtimes.engine?.python;
  if (python === undefined) throw new Error(`${program} needs ${runtime}, which is not there`);
  return [python, ...rest];
}
