import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { DoneUpdate, ExecutableWork } from "@rhapsody/core";
import { test, type Topic } from "../suite/topic.ts";
import type { Trial } from "../trial/trial.ts";
import { program, TELL_PID } from "../work/program.ts";
import { assertDone } from "./assertions.ts";

/** What comes back from a program. */
export const programOutput: Topic = {
  id: "program-output",
  title: "what comes back from a program",
  tests: ({ kinds }) =>
    kinds.includes("executable")
      ? [
          test("streams", "keeps standard output and standard error apart, to the last byte", async (trial) => {
            const end = await run(trial, "printf 'out\\n\\n'; printf 'error without newline' >&2");

            assert.equal(end.stdout, "out\n\n");
            assert.equal(end.stderr, "error without newline");
            assert.equal(end.exitCode, 0);
            assert.notEqual(end.outputTruncated, true, "nothing was cut");
          }),
          test(
            "bytes",
            "decodes output that is not UTF-8 without failing, and the rest of it exactly",
            async (trial) => {
              const end = await run(trial, "printf 'before \\377\\376 after gr\\303\\274n'; printf '\\200' >&2");

              assert.equal(end.stdout, "before \uFFFD\uFFFD after grün");
              assert.equal(end.stderr, "\uFFFD");
            },
          ),
          test("characters", "keeps characters whole however the output is cut into pieces", async (trial) => {
            const line = "aé日🎻".repeat(4);
            const script = `i=0; while [ $i -lt 5000 ]; do echo '${line}'; i=$((i+1)); done`;

            const end = await run(trial, script);
            assert.equal(end.stdout, `${line}\n`.repeat(5000));
          }),
          test("tail", "keeps the end of output over the limit, and marks it", async (trial) => {
            const end = await run(trial, "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done", {
              maxOutputBytes: 1000,
            });

            const { stdout = "" } = end;
            assert.ok(
              Buffer.byteLength(stdout) <= 1000,
              `${Buffer.byteLength(stdout)} bytes were kept of at most 1000`,
            );
            assert.ok(stdout.endsWith("line 4998\nline 4999\n"), `the end was not kept: …${stdout.slice(-40)}`);
            assert.ok(stdout.length > 900, "much less was kept than the limit allows");
            assert.equal(end.outputTruncated, true, "cut output must be marked");
          }),
          test("tail-of-error", "cuts standard error like standard output", async (trial) => {
            const end = await run(trial, "i=0; while [ $i -lt 500 ]; do echo line $i >&2; i=$((i+1)); done", {
              maxOutputBytes: 100,
            });

            const { stderr = "" } = end;
            assert.ok(Buffer.byteLength(stderr) <= 100 && stderr.endsWith("line 499\n"), `kept: ${stderr}`);
            assert.equal(end.outputTruncated, true, "cut output must be marked");
          }),
          test("huge", "takes in far more output than it keeps", async (trial) => {
            const end = await run(trial, "head -c 67108864 /dev/zero | tr '\\0' x; echo; echo end", {
              maxOutputBytes: 65_536,
            });

            assert.ok(end.stdout?.endsWith("x\nend\n"), "the end was not kept");
            assert.equal(end.outputTruncated, true, "cut output must be marked");
          }),
          test("file", "writes output to files byte for byte, and gives their paths", async (trial) => {
            const end = await run(trial, "printf 'a\\377b'; printf 'error' >&2", {
              capture: "file",
              maxOutputBytes: 1,
            });

            assert.deepEqual([...(await readFile(end.stdout ?? ""))], [0x61, 0xff, 0x62]);
            assert.equal(await readFile(end.stderr ?? "", "utf8"), "error");
          }),
          test("file-per-attempt", "keeps the files of two attempts at a task apart", async (trial) => {
            const opening = await trial.use();
            const first = opening.spec(program(trial.settings.shell, ["-c", "echo first"], { capture: "file" }));
            const second = {
              ...first,
              attempt: 2,
              work: program(trial.settings.shell, ["-c", "echo second"], { capture: "file" }),
            };

            const ends = await opening.runAll([first, second]);
            const texts = await Promise.all(
              ends.map((end) => {
                assertDone(end);
                return readFile(end.stdout ?? "", "utf8");
              }),
            );
            assert.deepEqual(texts, ["first\n", "second\n"]);
          }),
          test("none", "drops output that nobody wants", async (trial) => {
            const end = await run(trial, "echo out; echo error >&2", { capture: "none" });

            assert.equal(end.stdout ?? "", "");
            assert.equal(end.stderr ?? "", "");
          }),
          test("of-failed", "gives the output of a program that failed", async (trial) => {
            const opening = await trial.use();
            const end = await opening.run(program(trial.settings.shell, ["-c", "echo out; echo why >&2; exit 1"]));

            assert.equal(end.state, "FAILED");
            assert.equal(end.stdout, "out\n");
            assert.equal(end.stderr, "why\n");
          }),
          test(
            "held-open",
            "ends with the program, even if something it started still holds its output",
            async (trial) => {
              const { shell } = trial.settings;
              const holder = trial.pidFile();
              const hold = `${shell} -c '${TELL_PID}; exec sleep 600' sh "$1"`;
              const script = `${hold} & while [ ! -e "$1" ]; do sleep 0.01; done; echo done`;
              const opening = await trial.open();
              const end = await opening.run(program(shell, ["-c", script, "sh", holder.path]));

              assertDone(end);
              assert.equal(end.stdout, "done\n");
            },
          ),
        ]
      : [],
};

async function run(trial: Trial, script: string, fields: Partial<ExecutableWork> = {}): Promise<DoneUpdate> {
  const opening = await trial.use();
  const end = await opening.run(program(trial.settings.shell, ["-c", script], fields));
  assertDone(end);
  return end;
}
