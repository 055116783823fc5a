/** Name of an environment. */
export type EnvironmentName = "dask" | "dragon" | "python-tools" | "upstream" | "vllm" | "wfcommons";

/** A Python environment that can be installed. */
export interface Environment {
  /** What is in it, as shown while it is installed. */
  readonly title: string;
  /** The oldest Python that all of its packages run on. */
  readonly minimum: `3.${number}`;
  /** One of our programs, run once by the environment's Python after its packages are installed. */
  readonly finish?: string;
}

/**
 * Every environment; what is in one is pinned by `environments/<name>.txt`, which `pnpm engines lock` makes from
 * `environments/<name>.in`. Requirements of its packages that cannot be met are put right by `environments/<name>.overrides`.
 */
export const ENVIRONMENTS: Readonly<Record<EnvironmentName, Environment>> = {
  dask: { title: "Dask, Dask Gateway and dask-jobqueue", minimum: "3.10" },
  dragon: { title: "Dragon", minimum: "3.11" },
  "python-tools": { title: "ruff, mypy and pytest", minimum: "3.10" },
  upstream: { title: "rhapsody-py 0.6.0 and radical.asyncflow 0.6.0", minimum: "3.11" },
  vllm: {
    title: "vLLM 0.32.0 for CPUs (3 GB to download, 6 GB on disk, minutes)",
    minimum: "3.11",
    finish: "finish_vllm.py",
  },
  // Another release may generate other instances from the same seed.
  wfcommons: { title: "wfcommons 1.6", minimum: "3.11" },
};

/** What the gates need. */
export const GATE_ENVIRONMENTS: readonly EnvironmentName[] = ["dask", "python-tools"];

/** Names of all environments; one comes after those that its list of pins refers to. */
export const ENVIRONMENT_NAMES: readonly EnvironmentName[] = [
  "dask",
  "dragon",
  "python-tools",
  "upstream",
  "vllm",
  "wfcommons",
];
