import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUp, describeFailure, Figures } from "./run/report.ts";
import { runRound } from "./run/round.ts";

const FIRST_SEED = Number(process.env["CHAOS_SEED"] ?? 20);
const KILLS = 12;

// It finds processes, and what they have open, in /proc.
describe.runIf(process.platform === "linux")(`a campaign (seeds from ${FIRST_SEED})`, () => {
  it("loses nothing and repeats nothing while everything is killed", { timeout: 600_000 }, async () => {
    const parent = mkdtempSync(join(tmpdir(), "chaos-"));
    const figures = new Figures();

    while (figures.kills < KILLS) {
      const round = await runRound(FIRST_SEED + figures.rounds, parent);
      figures.add(round);
      expect(round.violations, describeFailure(round)).toEqual([]);
      cleanUp(round);
    }

    rmdirSync(parent);
    console.log(String(figures));
  });
});
