import type { AcceptedTask, JournalBatch, JournaledSession, StoredResult, StoredTask, TaskEnding } from "@rhapsody/core";

export const SESSION: JournaledSession = { uid: "session.test", workDir: "/tmp/session.test", created: 1_700_000_000_000 };

export function task(sequence: number): AcceptedTask {
  const description = sequence % 3 === 0 ? new Uint8Array([0, 1, sequence % 256]) : JSON.stringify({ executable: "sim", sequence });
  return { sequence, uid: `task.${sequence}`, submitted: 1_700_000_000_000 + sequence, description };
}

export function tasks(first: number, count: number): AcceptedTask[] {
  return Array.from({ length: count }, (_, index) => task(first + index));
}

export function done(sequence: number, more: Partial<StoredResult> = {}): TaskEnding {
  const result = { state: "DONE", attempts: 1, backend: "local", finished: 1_700_000_001_000, exitCode: 0, details: "{}" } as const;
  return { sequence, result: { ...result, stdout: `output of ${sequence}`, ...more } };
}

export function failed(sequence: number): TaskEnding {
  const error = { code: "TASK_FAILED", message: "exit code 3" };
  return { sequence, result: { state: "FAILED", attempts: 2, finished: 1_700_000_002_000, exitCode: 3, error, details: "{}" } };
}

export function batch(parts: Partial<JournalBatch>): JournalBatch {
  return { accepted: [], changes: [], results: [], ...parts };
}

/** A batch that accepts four tasks and, but for the first one, settles those of the batch before. */
export function nthBatch(number: number): JournalBatch {
  const first = number * 4;
  if (number === 0) return batch({ accepted: tasks(0, 4) });
  return batch({
    accepted: tasks(first, 4),
    changes: [{ sequence: first - 1, state: "EXECUTING", attempt: 1, backend: "local", at: 1_700_000_000_500, reason: "lost" }],
    results: [
      done(first - 4, { cacheKey: `key.${first - 4}` }),
      done(first - 3, { stdout: "line\n".repeat((number % 50) * 20), value: new Uint8Array([number % 256, 7]) }),
      failed(first - 2),
    ],
  });
}

/** What a journal knows once it has all of these batches. */
export function known(batches: readonly JournalBatch[]): readonly StoredTask[] {
  const all = new Map<number, StoredTask>();
  for (const { accepted, results } of batches) {
    for (const entry of accepted) all.set(entry.sequence, entry);
    for (const { sequence, result } of results) all.set(sequence, { ...all.get(sequence)!, result });
  }
  return [...all.values()];
}
