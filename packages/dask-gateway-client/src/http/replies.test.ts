import { inspect } from "node:util";
import { rejectionOf } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { faultServer, PEM, RUNNING, wireReport } from "../__fixtures__/fault-server.ts";
import { DaskGatewayError } from "../index.ts";

const failureOf = async (promise: Promise<unknown>): Promise<DaskGatewayError> => {
  const error = await rejectionOf(promise);
  expect(DaskGatewayError.isInstance(error)).toBe(true);
  return error as DaskGatewayError;
};

const text = { "content-type": "text/plain; charset=utf-8" };
const once = { retry: false } as const;

describe("replies", () => {
  it.each([
    [401, { error: "Authentication required" }, {}, "GATEWAY_AUTH_FAILED", false],
    [403, { error: "User bob lacks permissions" }, {}, "GATEWAY_FORBIDDEN", false],
    [404, { error: "Cluster c1 not found" }, {}, "GATEWAY_CLUSTER_NOT_FOUND", false],
    [404, "404: Not Found", text, "GATEWAY_WRONG_ADDRESS", false],
    [405, "405: Method Not Allowed", text, "GATEWAY_WRONG_ADDRESS", false],
    [407, "Proxy Authentication Required", text, "GATEWAY_UNREACHABLE", false],
    [409, { error: "cluster c1 is not running" }, {}, "GATEWAY_CLUSTER_NOT_RUNNING", false],
    [422, { error: "'x' is not valid" }, {}, "GATEWAY_INVALID_REQUEST", false],
    [429, { error: "slow down" }, {}, "GATEWAY_SERVER_ERROR", true],
    [500, "500 Internal Server Error\n\nServer got itself in trouble", text, "GATEWAY_SERVER_ERROR", true],
    [502, "", {}, "GATEWAY_SERVER_ERROR", true],
    [503, "<html>busy</html>", { "content-type": "text/html" }, "GATEWAY_SERVER_ERROR", true],
    [302, "", { location: "/hub/login?state=hidden" }, "GATEWAY_WRONG_ADDRESS", false],
    [200, "<html>Welcome</html>", { "content-type": "text/html" }, "GATEWAY_WRONG_ADDRESS", false],
    [200, "{", {}, "GATEWAY_UNEXPECTED_REPLY", false],
    [200, { name: "c1" }, {}, "GATEWAY_UNEXPECTED_REPLY", false],
    [200, wireReport({ status: "DREAMING" }), {}, "GATEWAY_UNEXPECTED_REPLY", false],
  ])("of status %i with %j are told by their code", async (status, body, headers, code, retryable) => {
    const server = await faultServer({ status, body, headers });

    const error = await failureOf(server.client(once).get("c1"));

    expect(error).toMatchObject({ code, status, retryable, cluster: "c1" });
    expect(error.message).toContain(server.address);
    expect(error.message).not.toContain("hidden");
  });

  it("of 401 tell the schemes that the gateway takes, and the one that was sent", async () => {
    const server = await faultServer({
      status: 401,
      headers: { "www-authenticate": 'Basic realm="a, b", jupyterhub, Negotiate' },
    });

    const error = await failureOf(server.client({ auth: { kind: "basic", password: "wrong" } }).list());

    expect(error.schemes).toEqual(["Basic", "jupyterhub", "Negotiate"]);
    expect(error.message).toContain('"basic"');
    expect(server.requests).toHaveLength(1);
  });

  it.each([500, 502])("of %i from JupyterHub's check hint at the Hub", async (status) => {
    const server = await faultServer({ status, body: { error: "Failed to check authorization" } });

    const error = await failureOf(server.client({ ...once, auth: { kind: "jupyterhub", token: "abc-token" } }).list());

    expect(error.message).toMatch(/the Hub/);
    expect(server.requests[0]!.headers.authorization).toBe("jupyterhub abc-token");
  });

  it("never put credentials or keys into errors", async () => {
    const secret = "s3cret-pass";
    const pair = Buffer.from(`alice:${secret}`).toString("base64");
    const body = `you sent ${pair}, that is ${secret}; ${PEM.tls_key} ${JSON.stringify(RUNNING)}`;
    const server = await faultServer({ status: 500, body, headers: text });

    const error = await failureOf(
      server.client({ ...once, auth: { kind: "basic", username: "alice", password: () => secret } }).get("c1"),
    );

    const shown = inspect(error, { depth: 9 }) + JSON.stringify(error);
    expect(shown).toContain("[redacted]");
    expect(shown).not.toMatch(new RegExp(`${secret}|${pair}|MIIB`));
  });

  it("with keys in them show none when they are not understood", async () => {
    const server = await faultServer({ status: 200, body: { ...RUNNING, start_time: "now" } });

    const error = await failureOf(server.client(once).get("c1"));

    expect(inspect(error, { depth: 9 })).not.toContain("MIIB");
    expect(error.code).toBe("GATEWAY_UNEXPECTED_REPLY");
  });

  it("to a stop of an unknown cluster are what was asked for", async () => {
    const server = await faultServer({ status: 404, body: { error: "Cluster c1 not found" } });

    await expect(server.client(once).stop("c1")).resolves.toBeUndefined();
  });
});
