import { onTestFinished } from "vitest";
import type { TaskFailure } from "../backend/task-update.ts";
import { TaskValidationError, type TaskProblem } from "../errors/task-validation-error.ts";
import { silentLogger } from "../logging/create-logger.ts";
import { Session } from "../session/session.ts";
import type { SessionOptions } from "../session/session-options.ts";
import type { TaskFuture } from "../task/task-future.ts";
import type { ExecutableTaskOptions } from "../task/task-options.ts";
import { RecordingBackend, type RecordingBackendOptions } from "../testing/recording-backend.ts";

/** A session over one recording backend, closed when the test ends. */
export function openSession(
  recording: RecordingBackendOptions | RecordingBackend = {},
  options: SessionOptions = {},
): { readonly session: Session; readonly backend: RecordingBackend } {
  const backend = recording instanceof RecordingBackend ? recording : new RecordingBackend(recording);
  return { backend, session: sessionOf({ backends: [backend], ...options }) };
}

/** A quiet session that leaves the process's signals alone, closed when the test ends. */
export function sessionOf(options: SessionOptions): Session {
  const session = new Session({ logger: silentLogger, handleInterrupt: false, ...options });
  onTestFinished(() => session.close().catch(() => {}));
  return session;
}

/** A backend that ends every task well at once. */
export function obliging(options: RecordingBackendOptions = {}): RecordingBackend {
  return new RecordingBackend({ respond: () => ({}), ...options });
}

/** The description of a program. */
export function program(uid: string, fields: Partial<ExecutableTaskOptions> = {}): ExecutableTaskOptions {
  return { uid, executable: "work", ...fields };
}

/** Submits what no compiler would let through. */
export async function submitAnything(session: Session, inputs: readonly unknown[]): Promise<readonly TaskFuture[]> {
  // Breaking the type is the point.
  return await session.submitTasks(inputs as never);
}

/** How a program fails in these tests. */
export const exitCode1: TaskFailure = { code: "TASK_EXIT_CODE", message: "exited with code 1" };

/** What a promise, which must not resolve, rejects with. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`resolved to ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
}

/** Lets everything that is due in this turn of the event loop happen; no time passes. Not for use with fake timers. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** The problems of a batch that must be refused; `[]` when it is not. */
export async function problemsOf(inputs: readonly unknown[], options: SessionOptions = {}): Promise<readonly TaskProblem[]> {
  const { session } = openSession({}, options);
  try {
    await submitAnything(session, inputs);
    return [];
  } catch (error) {
    if (error instanceof TaskValidationError) return error.problems;
    throw error;
  }
}
