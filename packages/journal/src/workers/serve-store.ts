import { createStore } from "../store/create-store.ts";
import { ReadingStore } from "../store/reading-store.ts";
import { realPath } from "../store/real-path.ts";
import { resumeStore } from "../store/resume-store.ts";
import { StoreFailure } from "../store/store-failure.ts";
import type { WritingStore } from "../store/writing-store.ts";
import type { Answer, Failure, OperationName, Operations, Request } from "./operations.ts";

/** Answers the requests to one journal, in the order in which they come. */
export function serveStore(answer: (message: Answer) => void): (request: Request) => void {
  const operations = createOperations();
  return ([id, name, argument]) => {
    try {
      // Each request has the argument of its operation.
      const operate = operations[name] as (argument: unknown) => unknown;
      answer([id, true, operate(argument)]);
    } catch (error) {
      answer([id, false, toFailure(error)]);
    }
  };
}

function createOperations(): { readonly [K in OperationName]: Operations[K] } {
  let writing: WritingStore | undefined;
  let reading: ReadingStore | undefined;
  const opened = (): WritingStore | ReadingStore => writing ?? reading ?? fail("it is not open");
  return {
    create: ({ options, session }) => {
      writing = createStore({ ...options, path: realPath(options.path) }, session);
    },
    resume: (options) => {
      const { store, ...resumed } = resumeStore({ ...options, path: realPath(options.path) });
      writing = store;
      return resumed;
    },
    read: (path) => {
      reading = new ReadingStore(realPath(path));
      return reading.session;
    },
    commit: (batch) => (writing ?? fail("it is not open for writing")).commit(batch),
    recall: (uids) => opened().recall(uids),
    cached: (keys) => opened().cached(keys),
    counts: () => (reading ?? fail("it is not open for reading")).counts(),
    tasks: (page) => (reading ?? fail("it is not open for reading")).tasks(page),
    close: () => {
      writing?.close();
      reading?.close();
    },
  };
}

function fail(message: string): never {
  throw new StoreFailure("JOURNAL_FAILED", message);
}

function toFailure(error: unknown): Failure {
  if (error instanceof StoreFailure) return { code: error.code, message: error.message, cause: error.cause };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "JOURNAL_FAILED", message, cause: error };
}
