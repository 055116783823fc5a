import { openSession } from "@rhapsody-internal/fixtures";
import type { Session } from "@rhapsody/core";
import { onTestFinished } from "vitest";
import { VllmInferenceBackend, type AttachOptions } from "../index.ts";
import { ScriptedServer, type Script } from "./scripted-server.ts";

/** A server that is stopped after the test. */
export async function startScripted(...scripts: readonly Script[]): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(scripts.length === 0 ? undefined : scripts);
  onTestFinished(() => server.stop());
  return server;
}

/** A server with scripts, and a session on a backend that asks it. */
export async function startAll(
  scripts: readonly Script[],
  options: Partial<AttachOptions> = {},
): Promise<{ readonly server: ScriptedServer; readonly session: Session; readonly backend: VllmInferenceBackend }> {
  const server = await startScripted(...scripts);
  const backend = new VllmInferenceBackend({ servers: server.url, ...options });
  return { server, session: openSession(backend), backend };
}
