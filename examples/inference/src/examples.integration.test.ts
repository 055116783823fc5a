import { VLLM_START_MS } from "@rhapsody-internal/engines";
import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

it(
  "simulates, has the model read what came out, and goes on as it decides",
  async () => {
    const lines = await runExample("simulate-and-decide.ts");

    expect(lines.slice(0, 2)).toEqual(["round 1: 10 points, area 3.104518", `round 1: the model says "${ALPHABET}"`]);
    expect(lines[2]).toMatch(/^round 1: (?:refine|stop)$/);
    expect(lines.length).toBe(lines.filter((line) => /: (?:refine|stop)$/.test(line)).length * 3);
  },
  VLLM_START_MS,
);

it(
  "answers a thousand prompts, and tells how far it is",
  async () => {
    const lines = await runExample("batch-inference.ts");

    expect(lines.at(-1)).toMatch(/^1000 answers and 0 failures in \d+\.\d s: \d+ tokens\/s$/);
    expect(lines[0]).toMatch(/^\d+ of 1000, \d+ under way, \d+ tokens\/s$/);
  },
  VLLM_START_MS,
);

it(
  "shares prompts out between two replicas",
  async () => {
    const lines = await runExample("two-replicas.ts");

    const counts = lines.map((line) => /^(?:north|south) answered (\d+)$/.exec(line)?.[1]).map(Number);
    expect(counts).toHaveLength(2);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(64);
  },
  VLLM_START_MS,
);
