import { rmSync } from "node:fs";
import type { Deed } from "../kill/plan.ts";
import type { Round } from "./round.ts";

/** What a run of rounds came to. */
export class Figures {
  rounds = 0;
  lives = 0;
  tasks = 0;
  starts = 0;
  stalls = 0;
  longestAftermathMs = 0;
  readonly deeds: Record<Deed["kind"], number> = {
    host: 0,
    terminate: 0,
    helper: 0,
    worker: 0,
    program: 0,
    pause: 0,
    jump: 0,
    fill: 0,
  };

  add({ lives, graph, ledger }: Round): void {
    this.rounds += 1;
    this.lives += lives.length;
    this.tasks += graph.nodes.length;
    this.starts += ledger.split("\n").filter((line) => line.startsWith("start ")).length;
    for (const { done, aftermath, messages } of lives) {
      this.stalls += messages.filter(({ type }) => type === "stalled").length;
      this.longestAftermathMs = Math.max(this.longestAftermathMs, aftermath.ms);
      for (const { deed } of done) this.deeds[deed] += 1;
    }
  }

  /** Processes killed with SIGKILL. */
  get kills(): number {
    const { host, helper, worker, program } = this.deeds;
    return host + helper + worker + program;
  }

  toString(): string {
    const { host, helper, worker, program, terminate, pause, jump, fill } = this.deeds;
    return [
      `${this.kills} kills (${host} hosts, ${helper} helpers, ${worker} workers, ${program} programs)`,
      `${terminate} hosts asked to leave, ${pause} stopped for a while, ${jump} jumps of the clock, ${fill} times no room, which stopped ${this.stalls} hosts`,
      `${this.rounds} campaigns in ${this.lives} lives, ${this.tasks} tasks, ${this.starts} starts of them`,
      `processes gone at most ${Math.round(this.longestAftermathMs)} ms after their host`,
    ].join("\n");
  }
}

/** All that is needed to look into a campaign that went wrong. */
export function describeFailure({ seed, violations, graph, plan, lives, directory }: Round): string {
  return [
    `seed ${seed}: ${violations.length} violations`,
    ...violations.map((violation) => `  - ${violation}`),
    `graph: ${JSON.stringify(graph)}`,
    ...lives.map(
      ({ end, done }, index) =>
        `life ${index + 1}, ended ${end}; planned ${JSON.stringify(plan[index] ?? [])}; done ${JSON.stringify(done)}`,
    ),
    `journal, ledger and logs: ${directory}`,
    `again: npx -y pnpm@12.21.0 chaos --seed ${seed} --rounds 1`,
  ].join("\n");
}

/** Removes what a campaign that went well leaves behind. */
export function cleanUp({ directory }: Round): void {
  rmSync(directory, { recursive: true });
}
