import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { enginePython } from "@rhapsody-internal/engines";
import { expect, it } from "vitest";
import { configHome } from "../__fixtures__/config-home.ts";
import { readGatewayConfig } from "./read-gateway-config.ts";

// What Dask Gateway's own client makes of its configuration.
const CLIENT = `
import json
from dask_gateway import Gateway
gateway = Gateway()
print(json.dumps({
    "address": gateway.address,
    "proxy": gateway.proxy_address,
    "public": gateway._public_address,
    "username": gateway.auth.username,
    "password": gateway.auth.password,
    "options": gateway._config_cluster_options(),
}))
`;

it("reads what Dask Gateway's own client reads", async () => {
  const { homeDirectory, environment } = configHome({
    "etc/site.yaml":
      "gateway: { address: 'http://site', public_address: 'http://public', cluster: { options: { a: yes, b: 010 } } }",
    ".config/dask/gateway.yaml": "gateway: { address: 'http://{HOST}:8000', auth: { kwargs: { username: alice } } }",
    "own/b.yaml": "gateway: { proxy-address: 1111, auth: { type: basic, kwargs: { password: 'a{{b}}' } } }",
    "own/a.json": '{"gateway": {"proxy_address": 2222}}',
  });
  const variables = {
    ...environment,
    HOST: "gw",
    DASK_CONFIG: join(homeDirectory, "own"),
    DASK_GATEWAY__PUBLIC_ADDRESS: "https://gw.example.org/",
    DASK_GATEWAY__CLUSTER__OPTIONS__C: "[1, 'None of {HOST}', None, {'k': True}]",
    DASK_GATEWAY__CLUSTER__OPTIONS__D: "text: with a colon",
    DASK_GATEWAY__CLUSTER__OPTIONS__E: "{HOST}",
  };

  const { stdout } = await promisify(execFile)(await enginePython("dask"), ["-c", CLIENT], { env: variables });
  const { auth, ...config } = await readGatewayConfig({ homeDirectory, environment: variables });

  const theirs = JSON.parse(stdout) as Record<string, unknown>;
  expect(theirs["proxy"]).toBe(`gateway://gw:${config.proxyAddress}`);
  expect(theirs["address"]).toBe(config.address);
  expect(theirs["public"]).toBe(config.publicAddress?.replace(/\/$/, ""));
  expect(theirs["options"]).toEqual(config.clusterOptions);
  expect(auth).toMatchObject({ kind: "basic", username: theirs["username"] });
  expect(auth?.kind === "basic" && typeof auth.password === "function" && auth.password()).toBe(theirs["password"]);
});
