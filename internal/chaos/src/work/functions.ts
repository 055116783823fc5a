// The tasks that are functions: in workers, and by name in the host.
import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { DELIBERATE, LONG, MODULUS, type Node } from "../graph/graph.ts";

/** What a function is told of its task. */
export type Order = Pick<Node, "uid" | "behaviour" | "form" | "ms" | "base" | "failures">;

/** The value of a task, in one of the forms. */
export type Value = number | bigint | string;

/** Does a task's work, with a witness in the ledger of its start and its end. */
export async function work(
  { uid, behaviour, form, ms, base, failures }: Order,
  ...inputs: readonly Value[]
): Promise<Value> {
  const ledger = process.env["CHAOS_LEDGER"] ?? "";
  appendFileSync(ledger, `start ${uid} ${process.pid}\n`);
  if (ms > 0) await sleep(ms);
  if (behaviour === "fail") throw new Error(DELIBERATE.message);
  if (behaviour === "hang") await sleep(600_000);
  if (behaviour === "poison") die();
  if (behaviour === "flaky" && startsOf(uid, ledger) <= failures) throw new Error("not yet");
  const sum = inputs.reduce((before: number, input, index) => (before + (index + 1) * toNumber(input)) % MODULUS, base);
  appendFileSync(ledger, `end ${uid} ${process.pid}\n`);
  if (form === "number") return sum;
  return form === "bigint" ? BigInt(sum) : `${sum}${"x".repeat(LONG)}`;
}

/** The number in a value, whatever its form. */
export function toNumber(value: unknown): number {
  return typeof value === "string" ? Number.parseInt(value, 10) : Number(value);
}

function startsOf(uid: string, ledger: string): number {
  return readFileSync(ledger, "utf8").split(`start ${uid} `).length - 1;
}

function die(): void {
  if (isMainThread) process.kill(process.pid, "SIGKILL");
  process.exit(1);
}
