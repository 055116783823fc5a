import type { Call } from "./call.ts";
import type { Beginnings, PrefixIndex } from "./prefix-index.ts";
import type { Replica } from "./replica.ts";

/**
 * How much busier than the least busy one the replica with the cached beginning may be to be chosen all the same: a prefix saves part of a call, a queue costs
 * whole ones. Numbers of the cache-aware policy of vLLM's router (1.5 times, 64 requests).
 */
const BUSIER = 1.5;
const BUSIER_BY = 64;

/** A call with what is known of where it should go. */
export interface Placement {
  readonly call: Call;
  readonly beginnings: Beginnings;
  /** Replicas that failed the call already. */
  readonly failed: ReadonlySet<string>;
}

/**
 * The replica that a call should go to now: the one that has its beginning cached, if it is not too busy, else the one with the fewest tokens to do. One that
 * failed the call already is asked again only when no other is in use. `undefined` when there is no room.
 */
export function chooseReplica(
  replicas: readonly Replica[],
  placement: Placement,
  index: PrefixIndex,
): Replica | undefined {
  const { call, beginnings, failed } = placement;
  const { model } = call.body;
  const mayDo = (replica: Replica): boolean => replica.status === "healthy" && replica.has(model);
  const untried = failed.size > 0 ? replicas.filter((replica) => mayDo(replica) && !failed.has(replica.name)) : [];
  const cached = beginnings.length === 0 ? undefined : index.find(beginnings);
  let least: Replica | undefined;
  let warm: Replica | undefined;
  for (const replica of untried.length > 0 ? untried : replicas) {
    if (!replica.hasRoom || !replica.has(model)) continue;
    if (least === undefined || isLessBusy(replica, least)) least = replica;
    if (replica.name === cached) warm = replica;
  }
  if (warm === undefined || least === undefined) return least;
  const tooBusy = warm.inFlight > least.inFlight + BUSIER_BY && warm.outstanding > least.outstanding * BUSIER;
  return tooBusy ? least : warm;
}

function isLessBusy(one: Replica, other: Replica): boolean {
  return one.outstanding === other.outstanding ? one.inFlight < other.inFlight : one.outstanding < other.outstanding;
}
