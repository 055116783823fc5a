import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { changePrograms, changeSpecs, changeUpdates, inScript, type Fault } from "./fault.ts";
import { programs } from "./programs.ts";

export const programOutputFaults: readonly Fault[] = [
  {
    what: "mixes standard error into standard output",
    ...programs,
    breaks: inScript('exec "$@" 2>&1'),
    fails: [
      "program-output/streams",
      "program-output/bytes",
      "program-output/tail-of-error",
      "program-output/file",
      "program-output/of-failed",
      "program-failures/not-found",
      "program-failures/path-not-found",
      "program-failures/not-executable",
      "program-failures/a-directory",
    ],
  },
  {
    what: "decodes output as Latin-1",
    ...programs,
    breaks: changeUpdates((update) =>
      update.state === "DONE" && update.stdout !== undefined
        ? [{ ...update, stdout: latin1(update.stdout) }]
        : [update],
    ),
    fails: [
      "program-input/arguments",
      "program-input/stdin",
      "program-input/environment",
      "program-output/bytes",
      "program-output/characters",
    ],
  },
  {
    what: "keeps the beginning of output that is too long, and does not say so",
    ...programs,
    breaks: (backend) => {
      const limits = new Map<string, number>();
      const unlimited = changeSpecs((spec) => {
        if (spec.work.kind !== "executable" || spec.work.capture !== "memory") return spec;
        limits.set(spec.uid, spec.work.maxOutputBytes);
        return { ...spec, work: { ...spec.work, maxOutputBytes: 2 ** 30 } };
      });
      const heads = changeUpdates((update) => {
        const limit = limits.get(update.uid);
        if (update.state !== "DONE" || limit === undefined) return [update];
        return [
          { ...update, stdout: update.stdout?.slice(0, limit) ?? "", stderr: update.stderr?.slice(0, limit) ?? "" },
        ];
      });
      return unlimited(heads(backend));
    },
    fails: ["program-output/tail", "program-output/tail-of-error", "program-output/huge"],
  },
  {
    what: "keeps output in memory whatever was asked",
    ...programs,
    breaks: changePrograms((work) => ({ ...work, capture: "memory" })),
    fails: ["program-output/file", "program-output/file-per-attempt", "program-output/none"],
  },
  {
    what: "names files after the task only",
    ...programs,
    breaks: changeUpdates((update, { workDir }) => {
      if (update.state !== "DONE" || update.stdout?.startsWith(workDir) !== true) return [update];
      const path = join(workDir, update.uid);
      copyFileSync(update.stdout, path);
      return [{ ...update, stdout: path }];
    }),
    fails: ["program-output/file-per-attempt"],
  },
  {
    what: "drops the output of programs that fail",
    ...programs,
    breaks: changeUpdates((update) => {
      if (update.state !== "FAILED") return [update];
      const { stdout: _, stderr: __, ...rest } = update;
      return [rest];
    }),
    fails: ["program-output/of-failed"],
  },
  {
    what: "waits for the end of output instead of the program's",
    timeoutMs: 3000,
    ...programs,
    breaks: inScript('{ "$@"; } | cat'),
    fails: [
      "states/failed/executable",
      "program-output/of-failed",
      "program-output/held-open",
      "program-failures/exit-code",
      "program-failures/signal",
      "program-failures/high-exit-code",
      "program-failures/broken-pipe",
      "program-failures/not-found",
      "program-failures/path-not-found",
      "program-failures/not-executable",
      "program-failures/a-directory",
    ],
  },
];

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
