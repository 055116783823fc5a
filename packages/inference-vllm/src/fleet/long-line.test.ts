import { expect, it, onTestFinished } from "vitest";
import { ScriptedServer, completion } from "../__fixtures__/scripted-server.ts";
import { openFleet } from "./open-fleet.ts";

it("looks at few of many owners' calls in line for each answer", async () => {
  const server = await ScriptedServer.start([completion("ok")]);
  const fleet = openFleet([{ name: "a", url: server.url, models: ["tiny"] }], { maxInFlight: 1 });
  onTestFinished(async () => {
    await fleet.close();
    await server.stop();
  });
  let looks = 0;
  const body = {
    prompt: "hi",
    get model(): string {
      looks += 1;
      return "tiny";
    },
  };
  const call = { path: "completions", body, cost: 1, prefix: "" } as const;

  await Promise.all(Array.from({ length: 100 }, (_, index) => fleet.send({ ...call, owner: `owner ${index}` })));

  expect(looks).toBeLessThan(100 * 20);
});
