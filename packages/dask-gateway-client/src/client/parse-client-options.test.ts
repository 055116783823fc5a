import { describe, expect, it } from "vitest";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { parseClientOptions } from "./parse-client-options.ts";

describe("parseClientOptions", () => {
  it.each([
    ["http://gw:8000", undefined, "gw:8000"],
    ["http://gw", undefined, "gw:80"],
    ["https://gw/services/dask-gateway/", undefined, "gw:443"],
    ["https://gw", 8786, "gw:8786"],
    ["https://gw", "proxy:9000", "proxy:9000"],
    ["https://gw", "tls://proxy:80", "proxy:80"],
    ["https://gw", "http://proxy", "proxy:80"],
    ["https://gw", "proxy", "proxy:8786"],
    ["http://[::1]:8000", undefined, "[::1]:8000"],
    ["https://gw", "[::1]:8786", "[::1]:8786"],
  ])("derives the scheduler proxy of %s and %s: %s", (address, proxyAddress, proxyHost) => {
    expect(parseClientOptions({ address, proxyAddress })).toMatchObject({ proxyHost });
  });

  it("fills in the defaults", () => {
    expect(parseClientOptions({ address: "https://gw/a/" })).toMatchObject({
      address: "https://gw/a",
      publicAddress: "https://gw/a",
      auth: { kind: "basic" },
      ca: [],
      httpProxy: true,
      requestTimeoutMs: 30_000,
      retry: { attempts: 5, minDelayMs: 200, maxDelayMs: 5_000 },
    });
    expect(parseClientOptions({ address: "https://gw", retry: false, ca: "PEM" })).toMatchObject({
      retry: { attempts: 1 },
      ca: ["PEM"],
    });
  });

  it.each([
    [{ address: "gateway.example.org" }, "address"],
    [{ address: "ftp://gw" }, "address"],
    [{ address: "https://alice:pw@gw" }, "auth"],
    [{ address: "https://gw?x=1" }, "query"],
    [{ address: "https://gw", proxyAddress: "" }, "proxyAddress"],
    [{ address: "https://gw", proxyAddress: 70_000 }, "proxyAddress"],
    [{ address: "https://gw", auth: { kind: "token" } }, "kind"],
    [{ address: "https://gw", auth: { kind: "basic", username: "a:b" } }, "colon"],
    [{ address: "https://gw", auth: { kind: "jupyterhub" } }, "token"],
    [{ address: "https://gw", requestTimeoutMs: 0 }, "requestTimeoutMs"],
    [{ address: "https://gw", retries: 3 }, "retries"],
  ])("refuses %j, naming %s", (options, named) => {
    const refuse = (): unknown => parseClientOptions(options as Parameters<typeof parseClientOptions>[0]);

    expect(refuse).toThrow(named);
    expect(refuse).toThrow(DaskGatewayError);
    expect(refuse).not.toThrow("alice:pw");
  });
});
