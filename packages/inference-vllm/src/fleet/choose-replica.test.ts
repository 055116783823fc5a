import { describe, expect, it, onTestFinished } from "vitest";
import type { Call } from "./call.ts";
import { chooseReplica } from "./choose-replica.ts";
import { toFleetSettings } from "./fleet-options.ts";
import { beginningsOf, PrefixIndex } from "./prefix-index.ts";
import { Replica } from "./replica.ts";

const prefix = "system prompt ".repeat(40);

describe("chooseReplica", () => {
  it("takes the one with the fewest tokens to do, not the fewest requests", () => {
    const [a, b] = replicas(2);
    a!.reserve(call({ cost: 1_000 }));
    for (let n = 0; n < 3; n += 1) b!.reserve(call({ cost: 10 }));

    expect(choose([a!, b!])?.name).toBe("b");
  });

  it("takes the one that has the beginning cached, though another has less to do", () => {
    const [a, b] = replicas(2);
    const index = new PrefixIndex();
    index.sent(beginningsOf(prefix), "b");
    b!.reserve(call({ cost: 1_000 }));

    expect(choose([a!, b!], index)?.name).toBe("b");
  });

  it("does not pile everything on the one with the cache", () => {
    const [a, b] = replicas(2);
    const index = new PrefixIndex();
    index.sent(beginningsOf(prefix), "b");
    for (let n = 0; n < 65; n += 1) b!.reserve(call({ cost: 10 }));

    expect(choose([a!, b!], index)?.name).toBe("a");
  });

  it("spreads prompts of many systems, and keeps each with its cache", () => {
    const all = replicas(4);
    const index = new PrefixIndex();
    const places = new Map<string, Set<string>>();
    for (let round = 0; round < 50; round += 1) {
      for (let system = 0; system < 16; system += 1) {
        const text = `${system} `.repeat(200);
        const given = call({ prefix: text });
        const chosen = choose(all, index, given)!;
        chosen.reserve(given);
        index.sent(beginningsOf(text), chosen.name);
        places.set(text, (places.get(text) ?? new Set()).add(chosen.name));
      }
      // Answers free what the round took.
      for (const replica of all) {
        replica.inFlight = 0;
        replica.outstanding = 0;
      }
    }

    expect([...places.values()].map((names) => names.size)).toEqual(Array.from({ length: 16 }, () => 1));
    expect(new Set([...places.values()].flatMap((names) => [...names])).size).toBe(4);
  });

  it("takes none that is full, out of use, or without the model", () => {
    const [a, b, c] = replicas(3, 1);
    a!.reserve(call());
    b!.status = "ejected";
    c!.models = ["other"];

    expect(
      chooseReplica(
        [a!, b!, c!],
        { call: call({ model: "tiny" }), beginnings: [], failed: new Set() },
        new PrefixIndex(),
      ),
    ).toBeUndefined();
  });

  it("asks one that failed the call again only when there is no other", () => {
    const [a, b] = replicas(2);
    const placement = { call: call(), beginnings: [], failed: new Set(["a"]) };

    expect(chooseReplica([a!, b!], placement, new PrefixIndex())?.name).toBe("b");
    b!.status = "ejected";
    expect(chooseReplica([a!, b!], placement, new PrefixIndex())?.name).toBe("a");
  });
});

function choose(all: readonly Replica[], index = new PrefixIndex(), given = call()): Replica | undefined {
  return chooseReplica(all, { call: given, beginnings: beginningsOf(given.prefix), failed: new Set() }, index);
}

function replicas(count: number, maxInFlight = 256): readonly Replica[] {
  const settings = toFleetSettings({ maxInFlight });
  return ["a", "b", "c", "d"].slice(0, count).map((name) => {
    const replica = new Replica({ name, url: "http://127.0.0.1:9/v1" }, settings, () => {});
    onTestFinished(() => replica.connection.close());
    return replica;
  });
}

function call({
  cost = 10,
  prefix: text = prefix,
  model,
}: { cost?: number; prefix?: string; model?: string } = {}): Call {
  return { path: "completions", body: model === undefined ? {} : { model }, cost, prefix: text, owner: "me" };
}
