import type { BackendContext } from "@rhapsody/core";
import { openEngine, type EngineHandle, type EngineOptions, type PythonRequirement } from "@rhapsody/python-bridge";
import type { ClusterLink } from "../cluster/cluster-link.ts";
import { engineDirectory } from "../engine-directory.ts";
import type { Settings } from "../options/settings.ts";
import type { EngineSettings } from "./engine-settings.ts";

/** What {@link openDaskEngine} needs. */
export interface DaskEngineOptions
  extends
    Pick<Settings, "python" | "chunking" | "connectTimeoutMs" | "waitForWorkersMs">,
    Partial<Pick<Settings, "graceMs" | "captureDir">>,
    Pick<EngineOptions, "backend">,
    Partial<Pick<EngineOptions, "toWork" | "toReturnValue">> {
  readonly cluster: Pick<ClusterLink, "settings" | "secrets" | "requires">;
}

/** Python modules without which there is no Dask. */
export const daskRequirements: readonly PythonRequirement[] = [
  { module: "distributed", install: "distributed>=2024.1", version: "2024.1" },
];

// Importing Dask from a cold file system, and starting processes that do.
const START_MS = 60_000;

/** Opens the Python engine that is a cluster's client. */
export async function openDaskEngine(options: DaskEngineOptions, context: BackendContext): Promise<EngineHandle> {
  const { backend, python, cluster, chunking, connectTimeoutMs, waitForWorkersMs, ...rest } = options;
  const settings: EngineSettings = { cluster: cluster.settings, chunking, connectTimeoutMs, waitForWorkersMs };
  return openEngine(
    {
      backend,
      python,
      requires: [...daskRequirements, ...cluster.requires],
      engine: { module: "rhapsody_dask", directory: engineDirectory },
      settings,
      secrets: cluster.secrets,
      openTimeoutMs: START_MS + connectTimeoutMs + waitForWorkersMs,
      graceMs: rest.graceMs,
      captureDir: rest.captureDir,
      toWork: rest.toWork,
      toReturnValue: rest.toReturnValue,
    },
    context,
  );
}
