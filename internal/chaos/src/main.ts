// The long run: campaigns of one seed after the other until enough was killed.
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cleanUp, describeFailure, Figures } from "./run/report.ts";
import { runRound } from "./run/round.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, kills: { type: "string", default: "250" }, rounds: { type: "string" } },
});
const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const rounds = Number(values.rounds ?? Infinity);
const parent = mkdtempSync(join(tmpdir(), "chaos-"));
const figures = new Figures();
let failures = 0;
// Disks are taken away at the exit.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const begin = performance.now();
console.log(`first seed ${firstSeed}`);

while (figures.rounds < rounds && (values.rounds !== undefined || figures.kills < Number(values.kills))) {
  const round = await runRound(firstSeed + figures.rounds, parent);
  figures.add(round);
  const seconds = Math.round((performance.now() - begin) / 1000);
  const { seed, lives, violations, graph } = round;
  console.log(
    `${seconds} s: seed ${seed}, ${graph.nodes.length} tasks, ${lives.length} lives, ${figures.kills} kills, ${violations.length} violations`,
  );
  if (violations.length === 0) {
    cleanUp(round);
  } else {
    failures += 1;
    console.error(describeFailure(round));
  }
}

console.log(`${String(figures)}\n${failures} campaigns went wrong`);
if (failures === 0) rmdirSync(parent);
else process.exitCode = 1;
