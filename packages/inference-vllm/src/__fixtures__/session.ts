import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session, silentLogger, type Backend, type SessionOptions } from "@rhapsody/core";
import { onTestFinished } from "vitest";
import { VllmInferenceBackend, type AttachOptions } from "../index.ts";
import { ScriptedServer, type Script } from "./scripted-server.ts";

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "rhapsody-inference-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A session that is closed after the test. */
export function openSession(backend: Backend, options: SessionOptions = {}): Session {
  const session = new Session({ backends: [backend], workDir: temporaryDirectory(), logger: silentLogger, ...options });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return session;
}

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

/** What a promise rejects with. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
