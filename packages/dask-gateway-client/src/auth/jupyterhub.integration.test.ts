import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Gateway, startGateway } from "@rhapsody-internal/engines";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { DaskGatewayClient } from "../index.ts";

const CAROL = { kind: "user", name: "carol", admin: false, groups: [], scopes: ["access:services!service=gw"] };

// What the Hub answers for a token, to a gateway that asks who has it.
const ANSWERS: Readonly<Record<string, readonly [number, unknown]>> = {
  "token good": [200, CAROL],
  "token unscoped": [200, { ...CAROL, scopes: [] }],
  "token unknown": [404, {}],
  "token down": [503, {}],
};

let hub: Server;
let gateway: Gateway;
beforeAll(async () => {
  hub = createServer((request, response) => {
    const [status, body] = ANSWERS[request.headers.authorization ?? ""] ?? [403, {}];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(hub, "listening");
  gateway = await startGateway({
    configuration: `
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.JupyterHubAuthenticator"
c.JupyterHubAuthenticator.jupyterhub_api_url = "http://127.0.0.1:${(hub.address() as AddressInfo).port}/hub/api"
c.JupyterHubAuthenticator.jupyterhub_api_token = "the gateway's own"
c.JupyterHubAuthenticator.jupyterhub_service_name = "gw"
`,
  });
});
afterAll(async () => {
  await gateway?.stop();
  hub?.close();
});

function clientWith(token: string): DaskGatewayClient {
  const client = new DaskGatewayClient({ address: gateway.address, auth: { kind: "jupyterhub", token }, retry: false });
  onTestFinished(() => client.close());
  return client;
}

it("lets a user of the Hub in by token, and asks the Hub only once", async () => {
  const client = clientWith("good");
  let asked = 0;
  hub.on("request", () => (asked += 1));

  await expect(client.list()).resolves.toEqual([]);
  await expect(client.options()).resolves.not.toEqual([]);

  expect(asked).toBe(1);
});

it.each([
  ["unscoped", { code: "GATEWAY_AUTH_FAILED", status: 401, schemes: ["jupyterhub"] }],
  ["unknown", { code: "GATEWAY_AUTH_FAILED", status: 401 }],
  ["refused", { code: "GATEWAY_SERVER_ERROR", status: 500 }],
  ["down", { code: "GATEWAY_SERVER_ERROR", status: 502 }],
])("tells what came of a token that is %s", async (token, error) => {
  await expect(clientWith(token).list()).rejects.toMatchObject(error);
});
