import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Graph, Node } from "../graph/graph.ts";
import { SECRET } from "../graph/graph.ts";
import type { Message } from "../host/message.ts";
import type { Aftermath } from "../kill/processes.ts";
import type { Life } from "../run/life.ts";
import type { Journaled } from "./journaled.ts";
import { violationsOf, type Seen } from "./violations.ts";

describe("violationsOf", () => {
  it("finds nothing in a campaign that was killed once and ended well", () => {
    expect(violationsOf(campaign({}))).toEqual([]);
  });

  it.each<[string, Changes, string]>([
    [
      "a task that ran again after its DONE",
      { ledger: `${LEDGER}start a 1\n` },
      "a ran again after its DONE was shown",
    ],
    ["a task that ran before its input", { ledger: "start b 1\nstart a 1\nend a 1\n" }, "b ran before a had ended"],
    ["a task that settled twice", { last: [state("b", "DONE"), state("b", "DONE")] }, "after it had settled there"],
    ["a DONE that was forgotten", { last: [state("a", "EXECUTING")] }, "but DONE in life 1"],
    ["a DONE that is to run again", { resumed: { done: 0, unfinished: ["a", "b"] } }, "life 2 is to run a again"],
    ["an accepted task that was lost", { resumed: { done: 1, unfinished: [] } }, "not of all 2 that had been accepted"],
    ["a session that began anew", { resumed: undefined }, "life 2 began anew"],
    ["another value", { b: { uid: "b", state: "DONE", value: 7, form: "number" } }, "b ended"],
    ["another end", { b: { uid: "b", state: "FAILED", code: "TASK_TIMEOUT" } }, "b ended"],
    ["a descriptor", { descriptors: { pipe: 2 } }, "life 2 has 2 of pipe open after its session, 1 before"],
    ["an orphan", { life: { aftermath: ORPHAN } }, "outlived life 2 by 2500 ms: 7 sleep 600"],
    [
      "a process left by a closed session",
      { life: { unclosed: ORPHAN.late } },
      "life 2 had closed its session, and left 7",
    ],
    ["an exit code that tells of nothing left", { last: [], life: LEFT }, "not 75, though b were left"],
    ["a host that hung", { life: { hung: true } }, "life 2 did not end"],
    ["a host that died", { life: { end: "SIGABRT" } }, "life 2 ended with SIGABRT by itself"],
    [
      "another end in the journal",
      { journaled: [entry("a"), entry("b", "CANCELLED")] },
      "the journal has b as CANCELLED",
    ],
    ["a task missing in the journal", { journaled: [entry("a")] }, "the journal has 1 tasks, not 2"],
    ["a journal that cannot be read", { journaled: new Error("torn") }, "the journal cannot be read: torn"],
    ["a secret", { file: `token ${SECRET}` }, "has the secret"],
  ])("finds %s", (_, changes, violation) => {
    expect(violationsOf(campaign(changes)).join("\n")).toContain(violation);
  });
});

const LEDGER = "start a 1\nend a 1\nstart b 1\nend b 1\n";

const ORPHAN: Aftermath = { ms: 2_500, late: [{ pid: 7, role: "program", command: "sleep 600" }], left: [] };

const LEFT: Partial<Life> = { ended: true, end: "SIGTERM", done: [{ deed: "terminate", ms: 1 }] };

interface Changes {
  readonly ledger?: string;
  /** What was told in the last life before it settled. */
  readonly last?: readonly Message[];
  readonly resumed?: { readonly done: number; readonly unfinished: readonly string[] } | undefined;
  readonly b?: Extract<Message, { readonly type: "settled" }>["outcomes"][number];
  readonly descriptors?: Readonly<Record<string, number>>;
  readonly life?: Partial<Life>;
  readonly journaled?: readonly Journaled[] | Error;
  readonly file?: string;
}

/** Two tasks, the first of which was DONE in a life that was killed. */
function campaign(changes: Changes): Seen {
  const directory = mkdtempSync(join(tmpdir(), "chaos-check-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "log"), changes.file ?? "");
  const { resumed = "resumed" in changes ? undefined : { done: 1, unfinished: ["b"] } } = changes;
  const first: Message[] = [
    { type: "opening", descriptors: {} },
    { type: "opened" },
    { type: "accepted", uids: ["a", "b"] },
    state("a", "DONE"),
  ];
  const last: Message[] = [
    { type: "opening", descriptors: { pipe: 1 } },
    { type: "opened", ...(resumed && { resumed: { ...resumed, dropped: [] } }) },
    ...(changes.last ?? [state("b", "DONE")]),
    {
      type: "settled",
      outcomes: [
        { uid: "a", state: "DONE", value: 1, form: "number" },
        changes.b ?? { uid: "b", state: "DONE", value: 3, form: "number" },
      ],
    },
    { type: "closed", descriptors: changes.descriptors ?? { pipe: 1 } },
  ];
  return {
    seed: 1,
    directory,
    graph: GRAPH,
    plan: [],
    disk: "file system",
    lives: [
      { ...life(first), ended: true, end: "SIGKILL" },
      { ...life(last), ...changes.life },
    ],
    ledger: changes.ledger ?? LEDGER,
    journaled: changes.journaled ?? [entry("a"), entry("b")],
  };
}

function life(messages: readonly Message[]): Life {
  return {
    messages,
    done: [],
    ended: false,
    end: 0,
    hung: false,
    aftermath: { ms: 1, late: [], left: [] },
    unclosed: [],
    log: "log",
  };
}

function state(uid: string, reached: "EXECUTING" | "DONE"): Message {
  return {
    type: "state",
    uid,
    state: reached,
    ledgerBytes: uid === "a" ? "start a 1\nend a 1\n".length : LEDGER.length,
  };
}

function entry(uid: string, reached: "DONE" | "CANCELLED" = "DONE"): Journaled {
  return { uid, done: reached === "DONE", result: { state: reached, attempts: 1, finished: 0, details: "{}" } };
}

function node(uid: string, base: number, inputs: readonly number[]): Node {
  return {
    uid,
    base,
    inputs,
    place: "thread",
    behaviour: "good",
    form: "number",
    ms: 0,
    failures: 0,
    after: [],
    onDependencyFailure: "fail",
    priority: 0,
  };
}

const GRAPH: Graph = { nodes: [node("a", 1, []), node("b", 2, [0])], batches: [2] };
