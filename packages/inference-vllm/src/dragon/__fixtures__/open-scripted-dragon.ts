import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { enginePython } from "@rhapsody-internal/engines";
import { silentLogger, type BackendContext, type BackendError } from "@rhapsody/core";
import { engineDirectory } from "../../engine-directory.ts";
import type { Call } from "../../fleet/call.ts";
import { openDragonFleet, type DragonFleetOptions, type OpenedDragon } from "../open-dragon-fleet.ts";

/** A real Dragon runtime with the service of `python/scripted_dragon_service` in it, unless the options say otherwise. */
export async function openScriptedDragon(options: Partial<DragonFleetOptions> = {}): Promise<OpenedDragon & { readonly lost: Promise<BackendError> }> {
  const lost = Promise.withResolvers<BackendError>();
  const context: BackendContext = {
    sessionUid: "session.test",
    workDir: mkdtempSync(join(tmpdir(), "dragon-test-")),
    environment: {},
    epoch: 1,
    signal: new AbortController().signal,
    logger: silentLogger,
    report: () => {},
    capacity: () => {},
    observe: () => {},
    lost: lost.resolve,
  };
  const engine = { module: "scripted_dragon_service", directory: fileURLToPath(new URL("python", import.meta.url)) };
  const opened = await openDragonFleet(
    {
      backend: "vllm",
      python: await enginePython("dragon"),
      model: "scripted",
      maxWaiting: 100,
      engine,
      // For the scripted engine, and the service, which Dragon starts as a process of its own.
      environment: { PYTHONPATH: `${engine.directory}:${engineDirectory}` },
      ...options,
    },
    context,
  );
  return { ...opened, lost: lost.promise };
}

/** A chat of one message. */
export function chat(text: string): Call {
  return { path: "chat/completions", body: { messages: [{ role: "user", content: text }] }, cost: 1, prefix: "", owner: "a" };
}
