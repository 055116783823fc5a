// One life of a campaign's process: opens or resumes the session of a journal, submits the graph, and tells of all that it sees.
import { fstatSync, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { RhapsodyError, Session, type ResumeOptions, type Task } from "@rhapsody/core";
import { LONG, SECRET, type Form, type Graph } from "../graph/graph.ts";
import { Occurrences } from "../kill/occurrences.ts";
import type { Moment } from "../kill/plan.ts";
import { toNumber } from "../work/functions.ts";
import { buildTasks, functions } from "./build-tasks.ts";
import { openDescriptors } from "./descriptors.ts";
import type { Command, Message, Outcome } from "./message.ts";
import { placesIn, readGraph, type Places } from "./settings.ts";

const places = placesIn(process.argv[2] ?? "");
const ledger = openSync(places.ledger, "a");
const occurrences = new Occurrences();
// From whoever watches.
const last = JSON.parse(process.env["CHAOS_LAST"] ?? "{}") as Partial<Moment>;
const tell = (message: Message): void => {
  writeSync(3, `${JSON.stringify(message)}\n`);
  const isLast = occurrences.hear(message).some(({ event, count }) => event === last.event && count === last.count);
  if (isLast) process.kill(process.pid, "SIGKILL");
};

obeyCommands();
try {
  await live(places, readGraph(places));
} catch (error) {
  tell({ type: "broken", error: String(error instanceof Error ? error.stack : error) });
  process.exitCode = 1;
}
process.stdin.destroy();

async function live(at: Places, graph: Graph): Promise<void> {
  tell({ type: "opening", descriptors: openDescriptors() });
  const session = await openSession(at);
  session.registerCallback(({ uid }, state) =>
    tell({ type: "state", uid, state, ledgerBytes: fstatSync(ledger).size }),
  );
  void tellOfStalls(session);
  const { resumed } = session;
  const unfinished = resumed?.unfinished.map(({ uid }) => uid) ?? [];
  tell({ type: "opened", ...(resumed && { resumed: { ...resumed, unfinished } }) });
  const tasks = buildTasks(graph);
  let next = 0;
  for (const size of graph.batches) {
    const batch = tasks.slice(next, (next += size));
    await session.submitTasks(batch);
    tell({ type: "accepted", uids: batch.map(({ uid }) => uid) });
    await batch[0]?.settled();
  }
  tell({ type: "settled", outcomes: await Promise.all(tasks.map(outcomeOf)) });
  await session.close();
  tell({ type: "closed", descriptors: openDescriptors() });
}

async function openSession({ journal, workDir }: Places): Promise<Session> {
  const options: ResumeOptions = {
    workDir,
    backends: [
      new ConcurrentExecutionBackend({ name: "threads", maxConcurrency: 4, resources: { gpus: 0 }, graceMs: 200 }),
      new ConcurrentExecutionBackend({
        name: "processes",
        isolation: "process",
        maxConcurrency: 2,
        resources: { gpus: 0 },
      }),
    ],
    // More deaths than the killer has for one task, fewer than would take long.
    failover: { losses: 6, delayMs: 20, openings: 20 },
    handleSignals: { graceMs: 200 },
  };
  return await Session.resume(journal, { ...options, functions, secrets: { CHAOS_SECRET: SECRET }, create: true });
}

async function outcomeOf(task: Task): Promise<Outcome> {
  const { uid, state, returnValue, error } = await task.settled();
  if (state === "DONE") return { uid, state, value: toNumber(returnValue), form: formOf(returnValue) };
  return { uid, state, code: RhapsodyError.isInstance(error) ? error.code : "none", error: String(error) };
}

function formOf(value: unknown): Form {
  if (typeof value === "bigint") return "bigint";
  return typeof value === "string" && value.length > LONG ? "long" : "number";
}

async function tellOfStalls(session: Session): Promise<void> {
  for await (const event of session.events()) {
    if (event.type === "journal" && event.status === "stalled") tell({ type: "stalled" });
  }
}

function obeyCommands(): void {
  // Whoever watches is gone.
  process.stdin.once("end", () => process.exit(1));
  const { now } = Date;
  let shiftMs = 0;
  Date.now = () => now() + shiftMs;
  createInterface({ input: process.stdin }).on("line", (line) => {
    // Written by the killer.
    shiftMs += (JSON.parse(line) as Command).jumpMs;
  });
}
