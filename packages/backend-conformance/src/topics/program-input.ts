import assert from "node:assert/strict";
import { chmod, mkdir, realpath, writeFile } from "node:fs/promises";
import type { ExecutableWork, TaskSpec } from "@rhapsody/core";
import { test, type Topic } from "../suite/topic.ts";
import type { Opening } from "../trial/opening.ts";
import type { Trial } from "../trial/trial.ts";
import { program } from "../work/program.ts";
import { assertDone } from "./assertions.ts";

const encoder = new TextEncoder();

/** More than any pipe holds, so that it only gets through when both ends take part. */
const LARGE = 1024 * 1024;

/** What a program is given. */
export const programInput: Topic = {
  id: "program-input",
  title: "what a program is given",
  tests: ({ kinds }) =>
    kinds.includes("executable")
      ? [
          test("arguments", "hands arguments over byte for byte", async (trial) => {
            const script = `for argument; do printf '%s\\0' "$argument"; done`;

            const stdout = await output(trial, ["-c", script, "sh", ...awkward]);
            assert.deepEqual(stdout.split("\0").slice(0, -1), awkward);
          }),
          test("no-arguments", "starts a program without arguments", async (trial) => {
            const path = await writeScript(trial, "count", 'echo "$#"');

            const opening = await trial.use();
            assert.equal(await stdoutOf(opening, program(path, [])), "0\n");
          }),
          test("stdin", "hands standard input over", async (trial) => {
            const stdout = await output(trial, ["-c", "cat"], {
              stdin: encoder.encode("grüße\nno newline at the end"),
            });

            assert.equal(stdout, "grüße\nno newline at the end");
          }),
          test(
            "large-stdin",
            "hands over standard input larger than a pipe, while output comes back",
            async (trial) => {
              const stdin = encoder.encode("0123456789abcde\n".repeat(LARGE / 16));

              const stdout = await output(trial, ["-c", "cat"], { stdin, maxOutputBytes: 2 * LARGE });
              assert.equal(stdout.length, LARGE);
            },
          ),
          test("unread-stdin", "does not mind a program that leaves its standard input unread", async (trial) => {
            const stdin = new Uint8Array(LARGE);

            assert.equal(await output(trial, ["-c", "echo unread"], { stdin }), "unread\n");
          }),
          test("no-stdin", "gives a program without standard input an empty one", async (trial) => {
            assert.equal(await output(trial, ["-c", "wc -c | tr -d ' '"]), "0\n");
          }),
          test("environment", "sets variables over its own, and the task's over the session's", async (trial) => {
            const opening = await trial.open({ environment: { FROM_SESSION: "session", FROM_BOTH: "session" } });
            const script = `printf '%s|' "$FROM_SESSION" "$FROM_BOTH" "$FROM_TASK" "\${PATH:+inherited}"`;
            const environment = { FROM_BOTH: "task", FROM_TASK: "naïve 'quoted' $value" };

            const stdout = await stdoutOf(opening, program(trial.settings.shell, ["-c", script]), { environment });
            assert.equal(stdout, "session|task|naïve 'quoted' $value|inherited|");
          }),
          test("own-environment", "keeps the variables of one task from another", async (trial) => {
            const opening = await trial.use();
            const work = program(trial.settings.shell, ["-c", "printf '%s' \"$CONFORMANCE_SECRET\""]);
            await opening.run(work, { environment: { CONFORMANCE_SECRET: "mine" } });

            assert.equal(await stdoutOf(opening, work), "");
          }),
          test("directory", "runs in the working directory", async (trial) => {
            const directory = trial.path("a directory");
            await mkdir(directory);

            const opening = await trial.use();
            const work = program(trial.settings.shell, ["-c", "pwd -P"]);
            const stdout = await stdoutOf(opening, work, { workingDirectory: directory });
            assert.equal(stdout, `${await realpath(directory)}\n`);
          }),
          test("path", "looks a name up in the task's PATH", async (trial) => {
            await writeScript(trial, "rhapsody-conformance-program", "echo found");
            const environment = { PATH: `${trial.directory}:${process.env["PATH"] ?? "/usr/bin:/bin"}` };

            const opening = await trial.use();
            const stdout = await stdoutOf(opening, program("rhapsody-conformance-program", []), { environment });
            assert.equal(stdout, "found\n");
          }),
        ]
      : [],
};

/** Arguments that a shell, a parser of options, or a careless encoding would change. */
const awkward: readonly string[] = [
  "",
  " ",
  "two words",
  "a\nb",
  "tab\there",
  `'single' "double"`,
  "$HOME $(id) `id` $x",
  "back\\slash\\n",
  "*",
  "~",
  "a;b|c&d>e<f",
  "--option=value",
  "-",
  "--",
  "grüße 日本語 🎻",
  "x".repeat(100_000),
  "",
];

async function output(trial: Trial, args: readonly string[], fields: Partial<ExecutableWork> = {}): Promise<string> {
  const opening = await trial.use();
  return stdoutOf(opening, program(trial.settings.shell, args, fields));
}

async function stdoutOf(opening: Opening, work: ExecutableWork, fields: Partial<TaskSpec> = {}): Promise<string> {
  const end = await opening.run(work, fields);
  assertDone(end);
  return end.stdout ?? "";
}

async function writeScript(trial: Trial, name: string, text: string): Promise<string> {
  const path = trial.path(name);
  await writeFile(path, `#!${trial.settings.shell}\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}
