import { describe, expect, it } from "vitest";
import { DaskGatewayError } from "./dask-gateway-error.ts";
import { excerpt, redact } from "./redact.ts";

describe("DaskGatewayError", () => {
  it("is known without instanceof, and has only the fields that were given", () => {
    const error = new DaskGatewayError("GATEWAY_FORBIDDEN", "no", { status: 403, body: undefined });

    expect(DaskGatewayError.isInstance(error)).toBe(true);
    expect(DaskGatewayError.isInstance(new Error("no"))).toBe(false);
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: "GATEWAY_FORBIDDEN", retryable: false, status: 403 });
  });
});

describe("redact", () => {
  it("takes out keys, also those that are cut off, and secrets", () => {
    const text =
      "a -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY----- b token-12 -----BEGIN CERTIFICATE-----\\nMII";

    expect(redact(text, ["token", "token-12", ""])).toBe("a [redacted] b [redacted] [redacted]");
  });

  it("keeps an excerpt short, without cutting a secret in two", () => {
    const short = excerpt(`${"x".repeat(295)} secret-word\n`, ["secret-word"]);

    expect(short).toBe(`${"x".repeat(295)} [red…`);
  });
});
