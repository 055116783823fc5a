import { setImmediate } from "node:timers/promises";

/** Enough for what was handed to the event loop before to arrive, however many hops it takes. */
const TURNS = 50;

/** Lets the event loop go round, so that whatever a backend still has to say is said. */
export async function letEventsArrive(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
}
