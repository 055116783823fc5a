import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { enginePython } from "@rhapsody-internal/engines";
import { expect, it, onTestFinished } from "vitest";
import { DaskGatewayClient } from "../index.ts";

const PAIR = `
import json
from dask_gateway_server.tls import new_keypair
cert, key = new_keypair("localhost")
print(json.dumps({"cert": cert.decode(), "key": key.decode()}))
`;

it("trusts a gateway's certificate by ca, and says so where it cannot", async () => {
  const { stdout } = await promisify(execFile)(await enginePython("dask"), ["-c", PAIR]);
  const pair = JSON.parse(stdout) as { cert: string; key: string };
  const server = createServer(pair, (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"version":"1"}');
  }).listen(0);
  await once(server, "listening");
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const address = `https://localhost:${(server.address() as AddressInfo).port}`;
  await using trusting = new DaskGatewayClient({ address, ca: pair.cert });
  await using doubting = new DaskGatewayClient({ address });

  await expect(trusting.version()).resolves.toBe("1");
  await expect(doubting.version()).rejects.toMatchObject({ code: "GATEWAY_UNREACHABLE", retryable: false });
  await expect(doubting.version()).rejects.toThrow("NODE_EXTRA_CA_CERTS");
});
