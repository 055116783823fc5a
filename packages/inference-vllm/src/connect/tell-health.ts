import type { Logger } from "@rhapsody/core";
import type { HealthListener } from "../fleet/open-fleet.ts";

/** Tells in the log when a server of a fleet gets no more calls, and when it does again. */
export function tellHealth(logger: Logger, backend: string): HealthListener {
  return (server, why) => {
    if (why === undefined) logger.info({ backend, server }, "a server answers again");
    else logger.warn({ backend, server, why }, "a server gets no more requests until it answers again");
  };
}
