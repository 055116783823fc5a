import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { KerberosAuth } from "./gateway-auth.ts";
import type { KerberosModule } from "./kerberos-module.ts";
import type { Scheme } from "./scheme.ts";

/** SPNEGO in one step each way, as `KerberosAuthenticator` of dask-gateway-server speaks it. */
export function kerberosScheme({ service, module }: KerberosAuth): Scheme {
  return {
    kind: "kerberos",
    challenges: true,
    cookieSuffices: true,
    credentials: async ({ url }) => {
      const kerberos = module ?? (await loadKerberos());
      const { client, token } = await firstStep(kerberos, service ?? `HTTP@${new URL(url).hostname}`);
      return {
        headers: { authorization: `Negotiate ${token}` },
        secrets: [token],
        verify: async (wwwAuthenticate) => {
          const challenge = /(?:^|,)\s*Negotiate\s+([^,\s]+)/i.exec(wwwAuthenticate ?? "")?.[1];
          try {
            if (challenge === undefined) throw new Error("its reply has no token");
            await client.step(challenge);
          } catch (cause) {
            throw new DaskGatewayError(
              "GATEWAY_AUTH_FAILED",
              `The gateway at ${new URL(url).origin} did not prove by Kerberos who it is. Check the address, and the gateway's service principal and keytab.`,
              { cause, schemes: ["Negotiate"] },
            );
          }
        },
      };
    },
  };
}

async function firstStep(kerberos: KerberosModule, service: string) {
  try {
    const client = await kerberos.initializeClient(service, {
      gssFlag: kerberos.GSS_C_MUTUAL_FLAG | kerberos.GSS_C_SEQUENCE_FLAG,
      mechOID: kerberos.GSS_MECH_OID_SPNEGO,
    });
    return { client, token: await client.step("") };
  } catch (cause) {
    throw new DaskGatewayError(
      "GATEWAY_KERBEROS_UNAVAILABLE",
      `No Kerberos ticket for ${service}: ${String(cause)}. Get one with kinit, look with klist; if the gateway has another service name pass auth.service.`,
      { cause },
    );
  }
}

async function loadKerberos(): Promise<KerberosModule> {
  try {
    const loaded = await import("kerberos");
    return loaded.default;
  } catch (cause) {
    throw new DaskGatewayError(
      "GATEWAY_KERBEROS_UNAVAILABLE",
      "Kerberos needs the package kerberos, which is not installed or not built for this machine. Install it: npm install kerberos",
      { cause },
    );
  }
}
