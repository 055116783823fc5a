import { writeFileSync } from "node:fs";
import type { ExecutableWork } from "@rhapsody/core";
import type { Trial } from "../trial/trial.ts";
import { program } from "./program.ts";

/** A program with descendants of every sort. */
export interface ProcessTree {
  readonly work: ExecutableWork;
  /** Resolves once all run: the program, a child in its group, and a grandchild whose parent has ended and that leads a session of its own. */
  began(): Promise<void>;
  /** Those that still run. */
  alive(): readonly string[];
}

const roles = ["leader", "member", "stray"] as const;

/** Plain JavaScript: the engine's Node.js may be another one than the tests'. */
const SOURCE = `
import { spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";

const [role, directory] = process.argv.slice(2);
const start = (role, options) => spawn(process.execPath, [process.argv[1], role, directory], { stdio: "ignore", ...options });

if (role === "go-between") {
  start("stray", { detached: true }).unref();
} else {
  if (role === "leader") {
    start("member");
    start("go-between");
  }
  writeFileSync(directory + "/" + role + ".part", String(process.pid));
  renameSync(directory + "/" + role + ".part", directory + "/" + role);
  setInterval(() => {}, 60_000);
}
`;

/** Describes a program that starts a tree of processes which run until they are killed. */
export function processTree(trial: Trial): ProcessTree {
  const script = trial.path("tree.mjs");
  writeFileSync(script, SOURCE);
  const files = roles.map((role) => [role, trial.pidFile(role)] as const);
  return {
    work: program(trial.settings.node, [script, "leader", trial.directory]),
    began: async () => {
      await Promise.all(files.map(([, file]) => file.written()));
    },
    alive: () => files.filter(([, file]) => file.alive).map(([role]) => role),
  };
}
