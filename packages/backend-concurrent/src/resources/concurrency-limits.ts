import type { ProcessLimits } from "./process-limits.ts";

/** How many things of a kind may run at a time before this process, or the launcher's helper, runs out of descriptors or processes. */
export interface ConcurrencyLimits {
  readonly programs: number;
  readonly workers: number;
}

/** What a Node.js process needs for itself, with room for the application's own files and sockets. */
const RESERVED_DESCRIPTORS = 64;

/** The helper's need for one program: two pipes for output with both ends open for a moment, one for input, one to hear of its end. */
const DESCRIPTORS_PER_PROGRAM = 6;

/** A worker thread takes five for its event loop (counted in /proc/self/fd on Node 24.21); the rest is for what its functions open. */
const DESCRIPTORS_PER_WORKER = 8;

/** A worker thread is one, a worker process has eleven threads (Node 24.21), which the limit of processes counts as well. */
const THREADS_PER_WORKER = 12;

/** Programs start others, and the user has other things running: only this part of the limit of processes is for tasks. */
const SHARE_OF_PROCESSES = 0.5;

export function toConcurrencyLimits({ openFiles, openFilesHard, processes }: ProcessLimits): ConcurrencyLimits {
  const forTasks = processes * SHARE_OF_PROCESSES;
  return {
    programs: atLeastOne(Math.min((openFilesHard - RESERVED_DESCRIPTORS) / DESCRIPTORS_PER_PROGRAM, forTasks)),
    workers: atLeastOne(
      Math.min((openFiles - RESERVED_DESCRIPTORS) / DESCRIPTORS_PER_WORKER, forTasks / THREADS_PER_WORKER),
    ),
  };
}

function atLeastOne(count: number): number {
  return Math.max(1, Math.floor(count));
}
