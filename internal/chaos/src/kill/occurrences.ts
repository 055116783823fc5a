import type { Message } from "../host/message.ts";
import type { Moment } from "./plan.ts";

/** Counts what a host tells, the same on either side. */
export class Occurrences {
  readonly #counts = new Map<Moment["event"], number>();

  /** What this message is the n-th of. */
  hear(message: Message): readonly Pick<Moment, "event" | "count">[] {
    const events: Moment["event"][] = [message.type];
    if (message.type === "state" && message.state === "DONE") events.push("done");
    return events.map((event) => {
      const count = (this.#counts.get(event) ?? 0) + 1;
      this.#counts.set(event, count);
      return { event, count };
    });
  }
}
