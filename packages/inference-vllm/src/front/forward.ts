import type { Call, CallControl, Fleet } from "../fleet/call.ts";
import type { Exchange } from "./exchange.ts";
import type { FrontMetrics } from "./front-metrics.ts";
import type { RequestBody } from "./read-body.ts";
import { toCall } from "./to-call.ts";

/** What answers are made with. */
export interface Asked {
  readonly exchange: Exchange;
  readonly route: string;
  readonly content: RequestBody;
  readonly fleet: Fleet;
  readonly metrics: FrontMetrics;
}

/** Hands a request on as it is, and the answer back as it is: whole, or event by event. */
export async function forward(path: Call["path"], { exchange, route, content, fleet, metrics }: Asked): Promise<void> {
  const onEvent: CallControl["onEvent"] = (_, data) => exchange.event(data);
  const reply = await fleet.send(toCall(path, content, exchange.client), { signal: exchange.signal, onEvent });
  metrics.reply(route, reply);
  // A server may answer as a whole what was to be a stream; one that is no server of the protocol has no text of its own.
  if (exchange.streams || (reply.text === undefined && content.body["stream"] === true)) exchange.done();
  else exchange.json(reply.text ?? reply.body);
}
