import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cleanUp, describeFailure, Figures } from "./run/report.ts";
import { runRound } from "./run/round.ts";

const FIRST_SEED = Number(process.env["CHAOS_SEED"] ?? 20);
const KILLS = 12;

it(
  `loses nothing and repeats nothing while everything is killed (seeds from ${FIRST_SEED})`,
  { timeout: 240_000 },
  async () => {
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
  },
);
