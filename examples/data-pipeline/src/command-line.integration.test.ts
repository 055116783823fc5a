import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HELP } from "./options.ts";

const main = join(import.meta.dirname, "main.ts");

let elsewhere: string;
beforeEach(() => {
  elsewhere = mkdtempSync(join(tmpdir(), "data-pipeline-"));
});
afterEach(() => rmSync(elsewhere, { recursive: true }));

function start(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: elsewhere,
    env: { ...process.env, INIT_CWD: elsewhere },
  });
  return {
    child,
    ended: once(child, "close") as Promise<[code: number | null, signal: string | null]>,
    stderr: text(child.stderr),
  };
}

it.each([
  ["--shards=x", '--shards must be a whole number from 1 to 64, not "x"'],
  ["--shards=0", '--shards must be a whole number from 1 to 64, not "0"'],
  ["--shard=4", "Unknown option '--shard'"],
  ["data.json", "Unexpected argument 'data.json'"],
])("refuses %s, says why, and starts nothing", async (argument, reason) => {
  const { child, ended, stderr } = start(argument);
  child.stdout.resume();

  expect(await ended).toEqual([2, null]);
  expect(await stderr).toContain(`data-pipeline: ${reason}`);
  expect(await stderr).toContain(HELP);
});

it("says in one line why a directory cannot be written to", async () => {
  writeFileSync(join(elsewhere, "file"), "");
  const { child, ended, stderr } = start("--directory=file/run");
  child.stdout.resume();

  expect(await ended).toEqual([1, null]);
  expect(await stderr).toMatch(/^data-pipeline: ENOTDIR: .*file\/run'\n$/);
});

it("says which task failed, and why, when a stage cannot write", async () => {
  mkdirSync(join(elsewhere, "run/flights_2.csv"), { recursive: true });
  const { child, ended, stderr } = start("--directory=run");
  const stdout = text(child.stdout);

  expect(await ended).toEqual([1, null]);
  expect(await stderr).toMatch(/^data-pipeline: \[ingest_2 on concurrent\] .*EISDIR/s);
  expect(await stdout).toMatch(/^ingest_2 +FAILED .*\n.*\nprocess_all +FAILED .*\nanalyze +FAILED /m);
});

it("stops in order at Ctrl-C: every task settled, no results, killed by the signal for whoever looks", async () => {
  const { child, ended, stderr } = start("--directory=run");
  const stdout = text(child.stdout);
  // Said once the tasks are submitted; by then the session listens.
  child.stdout.once("data", () => child.kill("SIGINT"));

  expect(await ended).toEqual([null, "SIGINT"]);
  expect(await stderr).toMatch(/interrupted: cancelling \d tasks/);
  // A shard may have been quicker than the signal.
  expect((await stdout).match(/^\w+ +(?:CANCELLED|DONE) /gm)).toHaveLength(6);
  expect(await stdout).toMatch(/^analyze +CANCELLED/m);
  expect(existsSync(join(elsewhere, "run/results.json"))).toBe(false);
});

it("writes over an earlier run in the same directory", async () => {
  for (const shards of ["--shards=2", "--shards=3"]) {
    const { child, ended } = start("--directory=run", shards);
    child.stdout.resume();

    expect(await ended).toEqual([0, null]);
  }

  expect(existsSync(join(elsewhere, "run/flights_2.csv"))).toBe(true);
});

it("writes its files also when nobody reads what it prints", async () => {
  const { child, ended, stderr } = start("--directory=run");
  child.stdout.once("data", () => child.stdout.destroy());

  expect(await ended).toEqual([0, null]);
  expect(await stderr).toBe("");
  expect(existsSync(join(elsewhere, "run/results.json"))).toBe(true);
});
