import type { TaskSpec } from "../backend/task-spec.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { buildSpec } from "./build-spec.ts";
import type { Demand } from "./demand.ts";
import type { InFlight } from "./in-flight.ts";
import type { LaneSink } from "./lane-sink.ts";
import type { WaitingLine } from "./waiting-line.ts";

/** Most attempts in one `submit`; keeps single calls, and the pause of the event loop for building them, short. */
const MAX_BATCH = 1024;

/** Attempts that are handed over together, each with its record. */
export interface Batch {
  readonly records: readonly TaskRecord[];
  readonly specs: readonly TaskSpec[];
}

/** What a batch is taken from and where it goes. */
export interface BatchParts {
  readonly line: WaitingLine;
  readonly inFlight: InFlight;
  readonly sink: LaneSink;
  readonly epoch: number;
}

/** Moves what fits from the line into flight, as the attempts of one batch. */
export function nextBatch(parts: BatchParts): Batch {
  const { line, inFlight, sink } = parts;
  const records: TaskRecord[] = [];
  const specs: TaskSpec[] = [];
  while (specs.length < MAX_BATCH && !inFlight.full) {
    const record = line.take(inFlight.fits);
    if (record?.demand === undefined) break;
    record.attempt += 1;
    const spec = build(record, record.demand, parts);
    if (spec === undefined) continue;
    inFlight.add(record, record.demand);
    sink.handedOver(record);
    records.push(record);
    specs.push(spec);
  }
  return { records, specs };
}

function build(record: TaskRecord, demand: Demand, { sink, epoch }: BatchParts): TaskSpec | undefined {
  try {
    return buildSpec(record, demand, epoch);
  } catch (cause) {
    // It is not handed over.
    record.attempt -= 1;
    sink.unbuildable(record, cause);
    return undefined;
  }
}
