/** What a package may import, beyond itself and packages from elsewhere. */
export interface Arrows {
  /** Packages of this repository that it imports. */
  readonly imports: readonly string[];
  /** Packages that it loads by `import()` when they are installed and asked for. */
  readonly loadsOnDemand?: readonly string[];
  /** Packages of which it takes types alone; none of them may be in the types that it exports. */
  readonly takesTypesOf?: readonly string[];
  /** Packages from elsewhere; any that its `package.json` lists when absent. */
  readonly libraries?: readonly string[];
  /** Text that its source may not contain. */
  readonly bannedText?: RegExp;
}

/**
 * Names of engines, schedulers and services. In core they are a defect: it would know one of its backends. Words that
 * are also common in other meanings count only when they stand alone.
 */
const VENDORS =
  /dask|dragon|radical|slurm|vllm|openai|anthropic|ollama|nvidia|kubernetes|\b(?:pbs|lsf|flux|ray|cuda|rocm)\b/i;

/**
 * The arrows between packages; keys are folders below `packages/`. A folder that is not listed here is an error, so a
 * new package has to say what it stands on.
 */
export const ARROWS: Readonly<Record<string, Arrows>> = {
  core: {
    imports: [],
    loadsOnDemand: ["backend-concurrent", "journal", "proxy"],
    libraries: ["zod"],
    bannedText: VENDORS,
  },
  "backend-conformance": { imports: ["core"] },
  "backend-concurrent": {
    imports: ["core"],
    loadsOnDemand: ["python-bridge"],
    takesTypesOf: ["python-bridge"],
  },
  "python-bridge": { imports: ["core"] },
  "dask-gateway-client": { imports: [] },
  "backend-dask": { imports: ["core", "python-bridge", "dask-gateway-client"] },
  "backend-dragon": { imports: ["core", "python-bridge"] },
  "backend-radical-pilot": { imports: ["core", "python-bridge"] },
  "inference-vllm": { imports: ["core"], loadsOnDemand: ["python-bridge"], takesTypesOf: ["python-bridge"] },
  platforms: { imports: ["core"] },
  "asyncflow-adapter": { imports: ["core"] },
  journal: { imports: ["core"] },
  proxy: { imports: ["core"] },
  telemetry: { imports: ["core"] },
  dashboard: { imports: ["core"] },
  cli: { imports: ["core"], loadsOnDemand: ["journal", "proxy", "telemetry", "dashboard", "platforms"] },
};

/** Tests of every package but those without any arrow may also use the conformance suite and the default backend. */
export const TEST_IMPORTS: readonly string[] = ["core", "backend-conformance", "backend-concurrent"];
