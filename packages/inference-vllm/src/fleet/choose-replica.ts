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
  replicas: Iterable<Replica>,
  placement: Placement,
  index: PrefixIndex,
): Replica | undefined {
  const { call, beginnings, failed } = placement;
  const usable = [...replicas].filter((replica) => replica.status === "healthy" && replica.has(call.body["model"]));
  const others = usable.filter(({ name }) => !failed.has(name));
  const cached = beginnings.length === 0 ? undefined : index.find(beginnings);
  let least: Replica | undefined;
  let warm: Replica | undefined;
  for (const replica of others.length > 0 ? others : usable) {
    if (!replica.hasRoom) continue;
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
