import { userInfo } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { faultServer } from "../__fixtures__/fault-server.ts";
import type { AuthRequest, KerberosModule } from "../index.ts";

const empty = { status: 200, body: {} };
const unauthorized = { status: 401, headers: { "www-authenticate": "Negotiate" }, body: { error: "no" } };
const COOKIE = "dask-gateway-1=abc; Max-Age=600; Path=/";

/** The package's steps with tokens of their own. */
function kerberos(steps: string[] = []): KerberosModule {
  let contexts = 0;
  return {
    GSS_C_MUTUAL_FLAG: 2,
    GSS_C_SEQUENCE_FLAG: 8,
    GSS_MECH_OID_SPNEGO: 6,
    async initializeClient(service, { gssFlag, mechOID }) {
      contexts += 1;
      const context = contexts;
      steps.push(`${service} ${gssFlag} ${mechOID}`);
      return {
        async step(challenge) {
          steps.push(`step ${challenge}`);
          if (challenge === "forged") throw new Error("GSSError: invalid token");
          return `token${context}`;
        },
      };
    },
  };
}

describe("basic", () => {
  it("is sent at once, by default as the user of this process", async () => {
    const server = await faultServer(empty);

    await server.client().list();
    await server.client({ auth: { kind: "basic", username: "alice", password: async () => "pässword" } }).list();

    const sent = server.requests.map(({ headers }) =>
      Buffer.from(headers.authorization!.slice("Basic ".length), "base64").toString("latin1"),
    );
    expect(sent).toEqual([`${userInfo().username}:`, "alice:pässword"]);
  });
});

describe("custom", () => {
  it("is asked for every request, and once more after a 401", async () => {
    const server = await faultServer(unauthorized, empty, unauthorized);
    const asked: AuthRequest[] = [];
    const client = server.client({
      headers: { "x-site": "a" },
      auth: {
        kind: "custom",
        headers: (request) => {
          asked.push(request);
          return { authorization: `Bearer ${asked.length}` };
        },
      },
    });

    await client.list();
    await expect(client.list()).rejects.toMatchObject({ code: "GATEWAY_AUTH_FAILED" });

    expect(asked.map(({ challenged }) => challenged)).toEqual([false, true, false, true]);
    expect(asked[0]).toMatchObject({ method: "GET", url: `${server.address}/api/v1/clusters/` });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer 1",
      "Bearer 2",
      "Bearer 3",
      "Bearer 4",
    ]);
    expect(server.requests[0]!.headers["x-site"]).toBe("a");
  });
});

describe("kerberos", () => {
  const granted = { ...empty, headers: { "www-authenticate": "Negotiate proof", "set-cookie": COOKIE } };

  it("negotiates once, checks the gateway's proof, then goes on with the cookie", async () => {
    const server = await faultServer(granted, empty, unauthorized, granted);
    const steps: string[] = [];
    const client = server.client({ auth: { kind: "kerberos", module: kerberos(steps) } });

    await client.list();
    await client.list();
    await client.list();

    expect(server.requests.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([
      ["Negotiate token1", undefined],
      [undefined, "dask-gateway-1=abc"],
      [undefined, "dask-gateway-1=abc"],
      ["Negotiate token2", undefined],
    ]);
    expect(steps).toEqual(["HTTP@127.0.0.1 10 6", "step ", "step proof", "HTTP@127.0.0.1 10 6", "step ", "step proof"]);
  });

  it.each([
    ["no proof", {}],
    ["a forged proof", { "www-authenticate": "Negotiate forged" }],
  ])("refuses a gateway with %s", async (_, headers) => {
    const server = await faultServer({ ...empty, headers });

    const call = server.client({ auth: { kind: "kerberos", module: kerberos(), service: "HTTP@gw" } }).list();

    await expect(call).rejects.toMatchObject({ code: "GATEWAY_AUTH_FAILED" });
  });

  it("tells the failure of the call before that of the proof", async () => {
    const server = await faultServer({ status: 403, body: { error: "not yours" } });

    const call = server.client({ auth: { kind: "kerberos", module: kerberos() } }).get("c1");

    await expect(call).rejects.toMatchObject({ code: "GATEWAY_FORBIDDEN" });
  });

  it("tells how to get a ticket when there is none", async () => {
    const server = await faultServer(empty);
    const module = { ...kerberos(), initializeClient: () => Promise.reject(new Error("no credentials cache")) };

    const call = server.client({ auth: { kind: "kerberos", module } }).list();

    await expect(call).rejects.toThrow(/no credentials cache.*kinit/);
    await expect(call).rejects.toMatchObject({ code: "GATEWAY_KERBEROS_UNAVAILABLE" });
  });
});

describe("kerberos without its package", () => {
  it("says how to install it", async () => {
    vi.doMock("kerberos", () => {
      throw new Error("Cannot find package 'kerberos'");
    });
    const server = await faultServer(empty);

    const call = server.client({ auth: { kind: "kerberos" } }).list();

    await expect(call).rejects.toThrow("npm install kerberos");
    await expect(call).rejects.toMatchObject({ code: "GATEWAY_KERBEROS_UNAVAILABLE" });
  });
});

describe("cookies", () => {
  it("stay with their client", async () => {
    const server = await faultServer({ ...empty, headers: { "set-cookie": COOKIE } });
    const [one, other] = [server.client(), server.client()];

    await one.list();
    await one.list();
    await other.list();

    expect(server.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, "dask-gateway-1=abc", undefined]);
  });

  it("that are none are left out", async () => {
    const server = await faultServer({ ...empty, headers: { "set-cookie": ";;=;" } });
    const client = server.client();

    await client.list();

    await expect(client.list()).resolves.toEqual([]);
  });
});
