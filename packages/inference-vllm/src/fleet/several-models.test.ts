import { describe, expect, it, onTestFinished, vi } from "vitest";
import { completion, failure, ScriptedServer, silence, stream, type Script } from "../__fixtures__/scripted-server.ts";
import type { Call, Fleet } from "./call.ts";
import type { FleetOptions } from "./fleet-options.ts";
import { openFleet } from "./open-fleet.ts";

describe("openFleet, with servers of different models", () => {
  it("gives up on calls whose model no server in use has, though others are well", async () => {
    const { fleet, servers } = await fleetOf({ x: [completion("x")], y: [completion("y")] }, { patienceMs: 100 });
    await servers.x.stop();

    const sent = fleet.send(call("x"));

    await expect(sent).rejects.toMatchObject({ code: "INFERENCE_UNREACHABLE" });
    await expect(sent).rejects.toThrow('no server with the model "x" has answered for 100 ms');
  });

  it("keeps calls of one model out of the way of those of another in line", async () => {
    const { fleet, servers } = await fleetOf({ x: [silence], y: [silence, completion("y")] }, { maxInFlight: 1 });
    const x = Promise.allSettled([fleet.send(call("x")), fleet.send(call("x"))]);
    const stop = new AbortController();
    const first = fleet.send(call("y"), { signal: stop.signal }).catch((error: unknown) => error);
    const second = fleet.send(call("y"));
    await servers.y.received(1);

    stop.abort(new Error("enough"));

    expect(await second).toMatchObject({ replica: "y" });
    expect(await first).toMatchObject({ message: "enough" });
    await fleet.close();
    expect((await x).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("waits as long as the only server of a model wants, though others are well", async () => {
    const full = failure(429, "slow down", { "retry-after": "0.3" });
    const { fleet } = await fleetOf({ x: [full, completion("x")], y: [completion("y")] });
    const begin = performance.now();

    expect(await fleet.send(call("x"))).toMatchObject({ replica: "x", tries: 2 });
    expect(performance.now() - begin).toBeGreaterThan(290);
  });

  it("asks a server for its models when it is back", async () => {
    const { fleet, servers } = await fleetOf({ x: [completion("x")], y: [completion("y")] });
    servers.x.health = 503;
    await fleet.check(AbortSignal.timeout(5_000));
    servers.x.models = ["x2"];
    servers.x.health = 200;

    await vi.waitFor(() => expect(fleet.replicas[0]).toMatchObject({ status: "healthy", models: ["x2"] }), 20_000);
  });

  it("takes a refusal among events for one, and nothing for broken", async () => {
    const event = {
      error: { message: "the maximum context length is 256 tokens", type: "BadRequestError", code: 400 },
    };
    const { fleet, servers } = await fleetOf({ x: [stream([event])] });

    for (let count = 0; count < 3; count += 1)
      await expect(fleet.send(call("x"))).rejects.toMatchObject({ code: "INFERENCE_CONTEXT_OVERFLOW", status: 400 });

    expect(servers.x.requests).toHaveLength(3);
    expect(fleet.replicas[0]?.status).toBe("healthy");
  });

  it("closes connections of servers that were taken out of use, too", async () => {
    const { fleet, servers } = await fleetOf({ x: [silence] });
    const sent = fleet.send(call("x")).catch((error: unknown) => error);
    await servers.x.received(1);

    fleet.remove("x");
    await fleet.close();

    expect(await sent).toMatchObject({ code: "INFERENCE_CLOSED" });
  });

  it("can be told after its close that a server is gone", async () => {
    const { fleet } = await fleetOf({ x: [silence] });
    await fleet.close();

    fleet.remove("x");
    await new Promise(setImmediate);

    expect(fleet.replicas).toEqual([]);
  });
});

function call(model: string): Call {
  return { path: "completions", body: { prompt: "hi", model }, cost: 10, prefix: "", owner: "me" };
}

/** A fleet of a server for each model, which has the model's name. */
async function fleetOf<const Model extends string>(
  scripts: Readonly<Record<Model, readonly Script[]>>,
  options?: FleetOptions,
): Promise<{ readonly fleet: Fleet; readonly servers: Readonly<Record<Model, ScriptedServer>> }> {
  const started = await Promise.all(
    Object.entries<readonly Script[]>(scripts).map(async ([model, each]) => {
      const server = await ScriptedServer.start(each);
      server.models = [model];
      return [model, server] as const;
    }),
  );
  const fleet = openFleet(
    started.map(([name, { url }]) => ({ name, url, models: [name] })),
    options,
  );
  onTestFinished(async () => {
    await fleet.close();
    await Promise.all(started.map(([, server]) => server.stop()));
  });
  // Made of the same names.
  return { fleet, servers: Object.fromEntries(started) as Record<Model, ScriptedServer> };
}
