import type { BackendContext, ExecutableWork } from "@rhapsody/core";
import { changed, changePrograms, changeSpecs, inScript, type Fault } from "./fault.ts";
import { programs } from "./programs.ts";

export const programInputFaults: readonly Fault[] = [
  {
    what: "drops empty arguments",
    ...programs,
    breaks: changePrograms((work) =>
      withArguments(
        work,
        work.arguments.filter((text) => text !== ""),
      ),
    ),
    fails: ["program-input/arguments"],
  },
  {
    what: "gives programs without arguments an empty one",
    ...programs,
    breaks: changePrograms((work) => withArguments(work, work.arguments.length === 0 ? [""] : work.arguments)),
    fails: ["program-input/no-arguments"],
  },
  {
    what: "ends standard input with a newline",
    ...programs,
    breaks: changePrograms((work) =>
      work.stdin === undefined ? work : { ...work, stdin: Buffer.concat([work.stdin, Buffer.from("\n")]) },
    ),
    fails: ["program-input/stdin", "program-input/large-stdin"],
  },
  {
    what: "hands over as much standard input as a pipe holds",
    ...programs,
    breaks: changePrograms((work) =>
      work.stdin === undefined ? work : { ...work, stdin: work.stdin.subarray(0, 65_536) },
    ),
    fails: ["program-input/large-stdin"],
  },
  {
    what: "fails programs that leave standard input unread",
    ...programs,
    breaks: inScript('"$@" && [ "$(wc -c)" -eq 0 ]'),
    fails: [
      "program-input/unread-stdin",
      "program-failures/signal",
      "program-failures/broken-pipe",
      "program-failures/not-found",
      "program-failures/path-not-found",
      "program-failures/not-executable",
      "program-failures/a-directory",
    ],
  },
  {
    what: "gives programs a standard input of its own",
    ...programs,
    breaks: changePrograms((work) => ({ ...work, stdin: work.stdin ?? Buffer.from("hello") })),
    fails: ["program-input/no-stdin"],
  },
  {
    what: "forgets the session's variables",
    ...programs,
    breaks: (backend) =>
      changed(backend, {
        open: (context: BackendContext) => backend.open({ ...context, environment: {} }),
      }),
    fails: ["program-input/environment"],
  },
  {
    what: "lets variables of one task leak into the next",
    ...programs,
    breaks: (backend) => {
      const leaked: Record<string, string> = {};
      return changeSpecs((spec) => ({ ...spec, environment: Object.assign(leaked, spec.environment) }))(backend);
    },
    fails: ["program-input/own-environment"],
  },
  {
    what: "ignores the working directory",
    ...programs,
    breaks: changeSpecs(({ workingDirectory: _, ...spec }) => spec),
    fails: ["program-input/directory", "program-failures/no-directory", "program-failures/directory-is-file"],
  },
  {
    what: "looks programs up in its own PATH",
    ...programs,
    breaks: changeSpecs(({ environment: { PATH: _, ...environment }, ...spec }) => ({ ...spec, environment })),
    fails: ["program-input/path"],
  },
];

function withArguments(work: ExecutableWork, args: readonly string[]): ExecutableWork {
  return { ...work, arguments: args };
}
