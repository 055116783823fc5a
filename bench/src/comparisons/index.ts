import type { Comparison } from "../comparison.ts";
import { createTasks } from "./create-tasks.ts";
import { daskExecutables, daskFunctions, daskMemory } from "./dask.ts";
import { executables } from "./executables.ts";
import { flowChain, flowFanOut, flowFunctions, flowMemory, flowWaits, flowWorkflows } from "./flow.ts";
import {
  inferenceCpu,
  inferenceFront,
  inferenceLatency,
  inferencePrompts,
  inferenceStreams,
  inferenceWhole,
} from "./inference.ts";
import { inlineFunctions } from "./inline-functions.ts";
import { journalExecutables, journalMemory, journalNoop, resume } from "./journal.ts";
import { memory } from "./memory.ts";
import { million } from "./million.ts";
import { moduleFunctions } from "./module-functions.ts";
import { noop10k, noop100k } from "./noop.ts";

/** Every comparison, in the order in which they run. */
export const comparisons: readonly Comparison[] = [
  createTasks,
  noop10k,
  noop100k,
  million,
  memory,
  executables,
  inlineFunctions,
  moduleFunctions,
  journalNoop,
  journalExecutables,
  resume,
  journalMemory,
  flowFanOut,
  flowChain,
  flowWorkflows,
  flowFunctions,
  flowWaits,
  flowMemory,
  daskFunctions,
  daskExecutables,
  daskMemory,
  inferencePrompts,
  inferenceLatency,
  inferenceCpu,
  inferenceStreams,
  inferenceWhole,
  inferenceFront,
];
