import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { completion, ScriptedServer, type Script } from "../__fixtures__/scripted-server.ts";
import { Connection } from "./connection.ts";

const call = { path: "completions", body: { prompt: "hi" }, cost: 1, prefix: "", owner: "me" } as const;
const resets: Script = (response) => void response.socket?.resetAndDestroy();

async function connect(...scripts: readonly Script[]): Promise<Connection> {
  const server = await ScriptedServer.start(scripts);
  const connection = new Connection({ name: "a", url: server.url }, 0);
  onTestFinished(async () => {
    await connection.close();
    await server.stop();
  });
  return connection;
}

it("takes a connection that is reset after it had served for one that was closed while idle", async () => {
  const connection = await connect(completion("first"), resets);
  await connection.ask(call, {});
  // It is idle then.
  await nextTurn();

  expect(await connection.ask(call, {})).toMatchObject({ refusal: { again: "here" }, delivered: false });
});

it("does not blame the server for a body that cannot be written", async () => {
  const connection = await connect();
  const body: Record<string, unknown> = {};
  body["itself"] = body;

  await expect(connection.ask({ ...call, body }, {})).rejects.toThrow(TypeError);
});

it("takes a connection that is reset at once for a broken server", async () => {
  const connection = await connect(resets);

  expect(await connection.ask(call, {})).toMatchObject({ refusal: { again: "elsewhere", replica: "broken" } });
});
