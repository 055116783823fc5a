import { BackendError, type BackendContext } from "@rhapsody/core";
import type { EngineHandle } from "@rhapsody/python-bridge";
import { z } from "zod";
import { engineDirectory } from "../engine-directory.ts";
import type { Fleet } from "../fleet/call.ts";
import type { LaunchOptions } from "../launch/launch-options.ts";
import { DragonFleet } from "./dragon-fleet.ts";
import type { DragonOptions } from "./dragon-options.ts";
import { underDragon } from "./launch-line.ts";
import { readDragonConfiguration, type ServiceOptions } from "./read-dragon-configuration.ts";

/** What {@link openDragonFleet} opens. */
export interface DragonFleetOptions
  extends
    ServiceOptions,
    Pick<DragonOptions, "launcherArguments">,
    Pick<LaunchOptions, "python" | "environment" | "startTimeoutMs"> {
  /** `Backend.name` of the instance. */
  readonly backend: string;
  /** Most prompts with the service at a time; absent means two batches for each copy of the model. */
  readonly maxInFlight?: number | undefined;
  readonly maxWaiting: number;
  /** The engine module, and where it is. @defaultValue the one of this package */
  readonly engine?: { readonly module: string; readonly directory: string } | undefined;
}

/** The service as a fleet, and its end. */
export interface OpenedDragon {
  readonly fleet: Fleet;
  /** Ends the service, and Dragon with it. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Dragon, whose launcher starts the service; what the service needs besides is told by the engine, all at once. */
const REQUIRES = [{ module: "dragon", install: "dragonhpc[ai]>=0.15,<0.16" }];

const ENGINE = { module: "rhapsody_dragon_vllm", directory: engineDirectory };

/** Dragon, whose head has ended, gives its shared memory back, gigabytes in `/dev/shm`; in milliseconds. */
const LEAVE_MS = 15_000;

/** Large models take minutes, and much longer when they have to be downloaded. */
const START_MS = 1_800_000;

const factsSchema = z.object({ room: z.int().positive() });

/**
 * Starts Dragon and its inference service; resolves once the model is loaded on every GPU.
 *
 * @throws `OptionsError` for a configuration that does not hold; `BackendError` `BACKEND_UNAVAILABLE` that names everything that is missing (Dragon, vLLM, GPUs)
 * and the fix, before anything large is started. Nothing is left running.
 */
export async function openDragonFleet(options: DragonFleetOptions, context: BackendContext): Promise<OpenedDragon> {
  const {
    backend,
    python,
    environment,
    startTimeoutMs = START_MS,
    launcherArguments,
    maxInFlight,
    maxWaiting,
  } = options;
  const configuration = await readDragonConfiguration(options);
  const { openEngine } = await loadBridge(backend);
  const fleet = new DragonFleet({ configuration, maxWaiting, epoch: context.epoch });
  const engine: EngineHandle = await openEngine(
    {
      backend,
      python,
      requires: REQUIRES,
      engine: options.engine ?? ENGINE,
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
