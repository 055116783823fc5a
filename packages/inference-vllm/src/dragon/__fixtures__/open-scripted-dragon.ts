import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { enginePython } from "@rhapsody-internal/engines";
import { silentLogger, type BackendContext, type BackendError } from "@rhapsody/core";
import { engineDirectory } from "../../engine-directory.ts";
import type { Call } from "../../fleet/call.ts";
import type { Servers } from "../../connect/servers.ts";
import { openDragon, type DragonStart } from "../open-dragon.ts";

/** A real Dragon runtime with the service of `python/scripted_dragon_service` in it, whose processes have these variables. */
export async function openScriptedDragon(environment: Readonly<Record<string, string>> = {}): Promise<Servers & { readonly lost: Promise<BackendError> }> {
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
  const start: DragonStart = {
    python: await enginePython("dragon"),
    model: "scripted",
    maxInFlight: undefined,
    engine,
    // For the scripted engine, and the service, which Dragon starts as a process of its own.
    environment: { PYTHONPATH: `${engine.directory}:${engineDirectory}`, ...environment },
  };
  const opened = await openDragon(start, { name: "vllm", defaults: {}, fleet: { maxWaiting: 100 } }, context);
  return { ...opened, lost: lost.promise };
}

/** A chat of one message. */
export function chat(text: string): Call {
  return { path: "chat/completions", body: { messages: [{ role: "user", content: text }] }, cost: 1, prefix: "", owner: "a" };
}
