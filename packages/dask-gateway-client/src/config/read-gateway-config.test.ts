import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { configHome } from "../__fixtures__/config-home.ts";
import { DaskGatewayClient } from "../index.ts";
import { readGatewayConfig } from "./read-gateway-config.ts";

describe("readGatewayConfig", () => {
  it("finds nothing where nothing is", async () => {
    await expect(readGatewayConfig(configHome({}))).resolves.toEqual({});
  });

  it("reads files in Dask's order, then variables", async () => {
    const { homeDirectory, environment } = configHome({
      "etc/gateway.yaml": "gateway: { address: 'http://site', public-address: 'http://public', proxy-address: 1 }",
      "venv/etc/dask/g.yml": "gateway: { address: 'http://venv', http-client: { proxy: no } }",
      ".config/dask/1.yaml": "gateway:\n  address: http://{GATEWAY_HOST}:8000\n  proxy_address: 2\n",
      ".config/dask/2.json": '{"gateway": {"cluster": {"options": {"worker_cores": 2, "image": "{IMAGE}"}}}}',
      ".config/dask/ignored.txt": "gateway: { address: 'http://text' }",
      "own.yaml": "gateway: { proxy-address: 'proxy:{PORT}' }",
    });

    const config = await readGatewayConfig({
      homeDirectory,
      prefixes: [join(homeDirectory, "venv")],
      environment: {
        ...environment,
        GATEWAY_HOST: "gw",
        IMAGE: "base",
        PORT: "9000",
        DASK_CONFIG: join(homeDirectory, "own.yaml"),
        DASK_GATEWAY__CLUSTER__OPTIONS__WORKER_CORES: "3",
        DASK_GATEWAY__CLUSTER__OPTIONS__ENVIRONMENT: "{'A': None}",
      },
    });

    expect(config).toEqual({
      address: "http://gw:8000",
      publicAddress: "http://public",
      proxyAddress: "proxy:9000",
      httpProxy: false,
      clusterOptions: { worker_cores: 3, image: "base", environment: { A: null } },
    });
  });

  it("reads credentials as functions, which nothing prints", async () => {
    const { homeDirectory, environment } = configHome({
      ".config/dask/gateway.yaml": "gateway: { auth: { kwargs: { username: alice, password: '{PW}{{}}' } } }",
    });

    const config = await readGatewayConfig({ homeDirectory, environment: { ...environment, PW: "s3cret" } });
    const hub = await readGatewayConfig({
      homeDirectory,
      environment: {
        ...environment,
        PW: "",
        DASK_GATEWAY__AUTH__TYPE: "jupyterhub",
        JUPYTERHUB_API_TOKEN: "hub-token",
      },
    });

    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain("s3cret");
    expect(config.auth).toMatchObject({ kind: "basic", username: "alice" });
    expect(config.auth?.kind === "basic" && typeof config.auth.password === "function" && config.auth.password()).toBe(
      "s3cret{}",
    );
    expect(hub.auth?.kind === "jupyterhub" && typeof hub.auth.token === "function" && hub.auth.token()).toBe(
      "hub-token",
    );
  });

  it("keeps a password of digits as it is written", async () => {
    const { homeDirectory, environment } = configHome({});

    for (const written of ["0123", "1e3", "12345", "1_000"]) {
      const { auth } = await readGatewayConfig({
        homeDirectory,
        environment: { ...environment, DASK_GATEWAY__AUTH__KWARGS__PASSWORD: written },
      });
      expect(auth?.kind === "basic" && typeof auth.password === "function" && auth.password()).toBe(written);
    }
  });

  it.each([
    ["gateway: [", "gateway.yaml cannot be read: its line 1 is no YAML"],
    ["- gateway", "no mapping"],
    [
      "gateway: { address: 'http://{NOT_SET}' }",
      "gateway.address in Dask's configuration stands for a variable {NOT_SET}",
    ],
    ["gateway: { auth: { kwargs: { password: 'pw{' } } }", "gateway.auth.kwargs.password"],
    ["gateway: { address: [1] }", "gateway.address in Dask's configuration has to be a text"],
    ["gateway: { auth: { type: my.module.Auth } }", "custom"],
    ["gateway: { auth: { type: jupyterhub } }", "JUPYTERHUB_API_TOKEN"],
    ["gateway: { cluster: { options: 3 } }", "mapping"],
  ])("refuses %j, naming the place", async (yaml, named) => {
    const call = readGatewayConfig(configHome({ ".config/dask/gateway.yaml": yaml }));

    await expect(call).rejects.toThrow(named);
    await expect(call).rejects.toMatchObject({ code: "GATEWAY_INVALID_CONFIG" });
    await expect(call).rejects.not.toThrow("pw{");
  });
});

describe("fromConfig", () => {
  it("makes a client of it, with the caller's options first", async () => {
    const { homeDirectory, environment } = configHome({
      ".config/dask/gateway.yaml":
        "gateway: { address: 'http://gw:8000', proxy-address: 9000, auth: { type: no.such.Auth } }",
    });

    await using client = await DaskGatewayClient.fromConfig(
      { auth: { kind: "basic" } },
      { homeDirectory, environment },
    );

    expect([client.address, client.proxyAddress]).toEqual(["http://gw:8000", "gateway://gw:9000"]);
  });

  it("says where an address can be written when there is none", async () => {
    await expect(DaskGatewayClient.fromConfig({}, configHome({}))).rejects.toThrow("DASK_GATEWAY__ADDRESS");
  });
});
