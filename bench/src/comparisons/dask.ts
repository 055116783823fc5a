import type { Comparison, Contender, Goal, Line } from "../comparison.ts";

const CHUNKED = "rhapsody";
const UNCHUNKED = "rhapsody, unchunked";
const DIRECT = "Client.map and gather";
const UPSTREAM = "upstream";

const figure = "tasksPerSecond";

/** Python functions that do nothing, on two workers of one thread each. */
export const daskFunctions: Comparison = onDask("functions", {
  title: "no-op Python functions on Dask, 2,000, two workers",
  tasks: 2_000,
  lines: [
    ratio(CHUNKED, DIRECT, { atLeast: 8 }),
    ratio(UNCHUNKED, DIRECT, { atLeast: 0.85 }),
    ratio(CHUNKED, UPSTREAM, { atLeast: 2 }),
    ratio(UNCHUNKED, UPSTREAM),
  ],
});

/** Programs that end at once, output captured, on the same. */
export const daskExecutables: Comparison = onDask("executables", {
  title: "/bin/echo with captured output on Dask, 2,000, two workers",
  tasks: 2_000,
  lines: [
    ratio(CHUNKED, DIRECT, { atLeast: 2 }),
    ratio(UNCHUNKED, DIRECT),
    ratio(CHUNKED, UPSTREAM, { atLeast: 2 }),
    ratio(UNCHUNKED, UPSTREAM),
  ],
});

/** What a large batch takes, here and in the process of the engine. */
export const daskMemory: Comparison = {
  name: "dask-memory",
  title: "most resident memory in 100,000 no-op Python functions on Dask",
  engine: "dask",
  contenders: [
    {
      name: CHUNKED,
      runtime: "node",
      program: "dask/memory.ts",
      settings: { tasks: 100_000, warmUp: 10_000, chunking: true },
    },
  ],
  lines: [
    {
      measured: { contender: CHUNKED, figure: "hostBytesPerTask" },
      against: { name: "4 KiB", value: 4096 },
      goal: { atMost: 1 },
    },
    {
      measured: { contender: CHUNKED, figure: "sidecarBytesPerTask" },
      against: { name: "512 B", value: 512 },
      goal: { atMost: 1 },
    },
  ],
};

interface DaskComparison {
  readonly title: string;
  readonly tasks: number;
  readonly lines: readonly Line[];
}

function onDask(work: "functions" | "executables", { title, tasks, lines }: DaskComparison): Comparison {
  const settings = { tasks, warmUp: tasks / 4 };
  const ours = { runtime: "node", program: `dask/${work}.ts` } as const satisfies Partial<Contender>;
  return {
    name: `dask-${work}`,
    title,
    engine: "dask",
    contenders: [
      { ...ours, name: CHUNKED, settings: { ...settings, chunking: true } },
      { ...ours, name: UNCHUNKED, settings: { ...settings, chunking: false } },
      { name: DIRECT, runtime: "engine", program: `direct/dask_${work}.py`, settings },
      { name: UPSTREAM, runtime: "upstream", program: `upstream/dask_${work}.py`, settings },
    ],
    lines,
  };
}

function ratio(ours: string, theirs: string, goal?: Goal): Line {
  return {
    measured: { contender: ours, figure },
    against: { contender: theirs, figure },
    ...(goal !== undefined && { goal }),
  };
}
