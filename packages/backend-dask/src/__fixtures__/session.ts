import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session, silentLogger, type Backend, type SessionOptions } from "@rhapsody/core";
import { onTestFinished } from "vitest";

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "rhapsody-dask-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A session that is closed after the test. */
export function openSession(backend: Backend, options: SessionOptions = {}): Session {
  const session = new Session({ backends: [backend], workDir: temporaryDirectory(), logger: silentLogger, ...options });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return session;
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

/** Resolves once the cluster of a session's Dask backend has so many workers. */
export async function untilWorkers(session: Session, count: number): Promise<void> {
  const events = session.events();
  if (session.statistics().backends["dask"]?.engine?.workers === count) return;
  for await (const event of events) {
    if (event.type === "engine" && event.facts.workers === count) return;
  }
}
