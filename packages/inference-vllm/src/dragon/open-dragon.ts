import { BackendError, type BackendContext } from "@rhapsody/core";
import type { EngineHandle, EngineOptions } from "@rhapsody/python-bridge";
import { z } from "zod";
import type { Servers } from "../connect/servers.ts";
import { engineDirectory } from "../engine-directory.ts";
import type { DragonSource, Settings } from "../options/settings.ts";
import { DragonFleet } from "./dragon-fleet.ts";
import { underDragon } from "./launch-line.ts";
import { readDragonConfiguration } from "./read-dragon-configuration.ts";

/** What {@link openDragon} starts. */
export interface DragonStart extends Omit<DragonSource, "kind"> {
  /** The engine module, and where it is. @defaultValue the one of this package */
  readonly engine?: EngineOptions["engine"] | undefined;
}

/** What of the backend's settings it needs. */
export interface DragonOwner extends Pick<Settings, "name" | "defaults"> {
  readonly fleet: Pick<Settings["fleet"], "maxWaiting">;
}

/** Dragon, whose launcher starts the service; what the service needs besides is told by the engine, all at once. */
const REQUIRES = [{ module: "dragon", install: "dragonhpc[ai]>=0.15,<0.16" }];

const ENGINE = { module: "rhapsody_dragon_vllm", directory: engineDirectory };

/** Dragon, whose head has ended, gives its shared memory back, gigabytes in `/dev/shm`: it took 15 s on a busy machine; in milliseconds. */
const LEAVE_MS = 60_000;

/** Large models take minutes, and much longer when they have to be downloaded. */
const START_MS = 1_800_000;

const factsSchema = z.object({ room: z.int().positive() });

/**
 * Starts Dragon and its inference service; resolves once the model is loaded on every GPU.
 *
 * @throws `OptionsError` for a configuration that does not hold; `BackendError` `BACKEND_UNAVAILABLE` that names everything that is missing (Dragon, vLLM, GPUs)
 * and the fix, before anything large is started. Nothing is left running.
 */
export async function openDragon(start: DragonStart, owner: DragonOwner, context: BackendContext): Promise<Servers> {
  const {
    python,
    environment,
    startTimeoutMs = START_MS,
    launcherArguments,
    maxInFlight,
    engine: module = ENGINE,
  } = start;
  const {
    name: backend,
    defaults,
    fleet: { maxWaiting },
  } = owner;
  const configuration = await readDragonConfiguration({ ...start, defaults });
  const { openEngine } = await loadBridge(backend);
  const fleet = new DragonFleet({ configuration, maxWaiting, epoch: context.epoch });
  const engine: EngineHandle = await openEngine(
    {
      backend,
      python,
      requires: REQUIRES,
      engine: module,
      settings: { config: configuration.config, ...(maxInFlight !== undefined && { maxInFlight }) },
      secrets: configuration.secrets,
      environment,
      // Dragon passes no descriptors on.
      channel: "socket",
      launch: underDragon(launcherArguments),
      openTimeoutMs: startTimeoutMs,
      leaveMs: LEAVE_MS,
      toWork: (spec) => fleet.workOf(spec),
      graceMs: 0,
    },
    contextOf(context, fleet),
  );
  fleet.start(engine, factsSchema.parse(engine.facts).room);
  return {
    fleet,
    finishesWhatItHas: true,
    // What the service does not know is refused by the fleet.
    describeInterface: () => Promise.resolve(undefined),
    async close(graceMs) {
      await fleet.close();
      await engine.close(graceMs);
    },
  };
}

/** The engine's tasks are prompts of this opening, which the session knows nothing of. */
function contextOf(context: BackendContext, fleet: DragonFleet): BackendContext {
  const { sessionUid, workDir, environment, epoch, signal, logger } = context;
  return {
    sessionUid,
    workDir,
    environment,
    epoch,
    signal,
    logger,
    report: (updates) => fleet.update(updates),
    capacity: () => undefined,
    observe: () => undefined,
    lost: (error) => {
      fleet.lose(error.message);
      context.lost(error);
    },
  };
}

async function loadBridge(backend: string): Promise<typeof import("@rhapsody/python-bridge")> {
  try {
    return await import("@rhapsody/python-bridge");
  } catch (cause) {
    const message =
      "Dragon's inference service needs the package @rhapsody/python-bridge: install it with your package manager";
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause });
  }
}
