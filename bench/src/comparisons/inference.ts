import type { Comparison, Contender, ContenderSettings, Goal, Line } from "../comparison.ts";

const OURS = "rhapsody";
const IN_TURN = "in turn";
const REQUESTS = "bare undici";
const PARSED = "bare undici and eventsource-parser";
const OPENAI = "openai";

/** Many prompts at once on a real server: its tokens are nearly free, so that what is around them counts. */
export const inferencePrompts: Comparison = {
  name: "inference-prompts",
  title: "256 prompts of 16 tokens at once on vLLM, everybody in turn, 24 times",
  engine: "vllm",
  contenders: askers({ tasks: 6_144, warmUp: 3_072, atOnce: 256 }, [[IN_TURN, "in-turn"]]),
  lines: [
    inTurn(["tasks", "requests"], { atLeast: 0.95 }),
    inTurn(["tasks", "openai"], { atLeast: 0.95 }),
    inTurn(["tasks", "list"]),
    inTurn(["batchesOf16", "list"]),
    inTurn(["batchesOf64", "list"], { atLeast: 0.95 }),
  ],
};

/** What a task costs who waits for one answer. */
export const inferenceLatency: Comparison = added("inference-latency", {
  title: "one prompt of one token at a time on vLLM",
  engine: "vllm",
  program: "lone",
  limit: { name: "3 ms", value: 3 },
});

/** What a client costs the machine that it runs on, when answers come as they are made. */
export const inferenceCpu: Comparison = onStub("inference-cpu", {
  title: "answers of 16 pieces, one by one, from a server that answers at once, 4,096, 256 at a time",
  settings: { tasks: 4_096, warmUp: 2_048, stream: true },
  against: PARSED,
  lines: [
    line("cpuMicrosecondsPerTask", [OURS, PARSED], { atMost: 1.3 }),
    line("cpuMicrosecondsPerTask", [OURS, OPENAI], { atMost: 0.5 }),
  ],
});

/** The same of answers that come whole: hardly more than the exchange itself. */
export const inferenceWhole: Comparison = onStub("inference-whole", {
  title: "whole answers from a server that answers at once, 4,096, 256 at a time",
  settings: { tasks: 4_096, warmUp: 2_048 },
  against: REQUESTS,
  lines: [
    line("cpuMicrosecondsPerTask", [OURS, REQUESTS]),
    line("cpuMicrosecondsPerTask", [OURS, OPENAI], { atMost: 0.5 }),
  ],
});

/** The same of long answers. */
export const inferenceStreams: Comparison = onStub("inference-streams", {
  title: "answers of 1,000 pieces, one by one, from a server that answers at once, 64",
  settings: { tasks: 64, warmUp: 32, stream: true, answerTokens: 1_000 },
  against: PARSED,
  lines: [line("cpuMicrosecondsPerTask", [OURS, PARSED]), line("cpuMicrosecondsPerTask", [OURS, OPENAI])],
});

/** What other programs pay for asking through us. */
export const inferenceFront: Comparison = added("inference-front", {
  title: "one prompt at a time through the backend's own listener",
  engine: "stub",
  program: "front",
  limit: { name: "1 ms", value: 1 },
});

type Asker = readonly [name: string, program: string];

function askers(settings: ContenderSettings, each: readonly Asker[]): readonly Contender[] {
  return each.map(([name, program]) => ({ name, runtime: "node", program: `inference/${program}.ts`, settings }));
}

function onStub(
  name: string,
  rest: Pick<Comparison, "title" | "lines"> & { readonly settings: ContenderSettings; readonly against: string },
): Comparison {
  const { title, lines, settings, against } = rest;
  const contenders = askers(settings, [
    [OURS, "tasks"],
    [against, "requests"],
    [OPENAI, "openai"],
  ]);
  return { name, title, engine: "stub", contenders, lines };
}

interface Added extends Pick<Comparison, "title"> {
  readonly engine: "vllm" | "stub";
  readonly program: string;
  readonly limit: { readonly name: string; readonly value: number };
}

function added(name: string, { title, engine, program, limit }: Added): Comparison {
  return {
    name,
    title,
    engine,
    contenders: askers({ tasks: 200, warmUp: 50, answerTokens: 1 }, [[OURS, program]]),
    lines: [{ measured: { contender: OURS, figure: "addedMs" }, against: limit, goal: { atMost: 1 } }],
  };
}

/** One way to ask against another one, of those that took turns. */
function inTurn([ours, theirs]: readonly [string, string], goal?: Goal): Line {
  return {
    measured: { contender: IN_TURN, figure: ours },
    against: { contender: IN_TURN, figure: theirs },
    ...(goal !== undefined && { goal }),
  };
}

function line(figure: string, [ours, theirs]: readonly [string, string], goal?: Goal): Line {
  return {
    measured: { contender: ours, figure },
    against: { contender: theirs, figure },
    ...(goal !== undefined && { goal }),
  };
}
