import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Command, Message } from "../host/message.ts";
import type { Disk } from "../kill/disk.ts";
import { Killer, type Done } from "../kill/killer.ts";
import { isSuicide, type Act } from "../kill/plan.ts";
import { awaitNone, processesOf, ROUND_VARIABLE, type Aftermath, type RoundProcess } from "../kill/processes.ts";

const HOST = fileURLToPath(new URL("../host/host.ts", import.meta.url));

/** Longest time for which a host is waited for. Only one that hangs comes near it. */
const LONGEST_LIFE_MS = 120_000;

/** How long the processes of a dead host may stay, once they run. */
const PROMISED_MS = 2_000;

/** How long they are waited for, so that the excess can be told. */
const LONGEST_WAIT_MS = 30_000;

/** How to live a life. */
export interface LifeParts {
  readonly directory: string;
  readonly round: string;
  readonly number: number;
  readonly ledger: string;
  readonly disk: Disk;
  readonly acts: readonly Act[];
  readonly pick: (count: number) => number;
}

/** What was seen of one host process, from its start until nothing of it was left. */
export interface Life {
  readonly messages: readonly Message[];
  readonly done: readonly Done[];
  /** True when it was killed, was asked to leave, or could not open its journal for want of room. */
  readonly ended: boolean;
  /** `"SIGKILL"`, `0`, `75` and so on. */
  readonly end: string | number;
  readonly hung: boolean;
  readonly aftermath: Aftermath;
  /** Processes besides the host that were there when its session had been closed. */
  readonly unclosed: readonly RoundProcess[];
  readonly log: string;
}

/** Starts a host and does to it what its acts say. */
export async function live(parts: LifeParts): Promise<Life> {
  const log = join(parts.directory, `life-${parts.number}.log`);
  const { host, commands, telling } = start(parts, log);
  const jump = (jumpMs: number): void => void commands.write(`${JSON.stringify({ jumpMs } satisfies Command)}\n`);
  const killer = new Killer({ pid: host.pid ?? 0, jump }, parts);
  const begin = performance.now();
  let startMs = 0;
  let unclosed: readonly RoundProcess[] = [];
  const messages: Message[] = [];
  const lines = createInterface({ input: telling }).on("line", (line) => {
    // Only the host writes here.
    const message = JSON.parse(line) as Message;
    if (startMs === 0) startMs = performance.now() - begin;
    messages.push(message);
    killer.hear(message);
    if (message.type === "closed") unclosed = processesOf(parts.round).filter(({ role }) => role !== "host");
  });
  let hung = false;
  const late = setTimeout(() => (hung = host.kill("SIGKILL")), LONGEST_LIFE_MS);
  const heard = once(lines, "close");
  await once(host, "exit");
  clearTimeout(late);
  killer.stop();
  // One that is only starting has to come up before it can see that its host is gone, and takes as long for that as the host did.
  const aftermath = await awaitNone(parts.round, { limitMs: PROMISED_MS + startMs, longestMs: LONGEST_WAIT_MS });
  for (const { pid } of aftermath.left) process.kill(pid, "SIGKILL");
  await heard;
  writeFileSync(
    join(parts.directory, `life-${parts.number}.jsonl`),
    messages.map((message) => `${JSON.stringify(message)}\n`).join(""),
  );
  const end = host.signalCode ?? host.exitCode ?? "unknown";
  return {
    messages,
    done: killer.done,
    ended: killer.ended || hadNoRoom(messages, killer.done),
    end,
    hung,
    aftermath,
    unclosed,
    log,
  };
}

function hadNoRoom(messages: readonly Message[], done: readonly Done[]): boolean {
  // A new session opens its journal with its first batch.
  const isOpen = (message: Message): boolean =>
    message.type === "accepted" || (message.type === "opened" && message.resumed !== undefined);
  if (messages.some(isOpen) || !done.some(({ deed }) => deed === "fill")) return false;
  return messages.some((message) => message.type === "broken" && message.error.includes("there is no room left"));
}

interface Started {
  readonly host: ChildProcess;
  readonly commands: Writable;
  readonly telling: Readable;
}

function start({ directory, round, ledger, acts }: LifeParts, log: string): Started {
  const output = openSync(log, "w");
  const host = spawn(
    process.execPath,
    ["--conditions=@rhapsody/source", "--disable-warning=ExperimentalWarning", HOST, directory],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: "--conditions=@rhapsody/source",
        [ROUND_VARIABLE]: round,
        CHAOS_LEDGER: ledger,
        CHAOS_LAST: JSON.stringify(acts.find(isSuicide)?.moment ?? {}),
      },
      stdio: ["pipe", output, output, "pipe"],
    },
  );
  closeSync(output);
  const telling = host.stdio[3];
  const { stdin } = host;
  if (stdin === null || telling === undefined || telling === null) throw new Error("the host has no pipes");
  // It is killed while it is written to.
  stdin.on("error", () => {});
  return { host, commands: stdin, telling: telling as Readable };
}
