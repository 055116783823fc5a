import { userInfo } from "node:os";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { BasicAuth, GatewayAuth, JupyterHubAuth, Secret } from "./gateway-auth.ts";
import { kerberosScheme } from "./kerberos-scheme.ts";
import type { Scheme } from "./scheme.ts";

/** The scheme that an option describes. */
export function toScheme(auth: GatewayAuth): Scheme {
  switch (auth.kind) {
    case "basic":
      return basicScheme(auth);
    case "jupyterhub":
      return jupyterHubScheme(auth);
    case "kerberos":
      return kerberosScheme(auth);
    case "custom":
      return {
        kind: "custom",
        challenges: true,
        cookieSuffices: false,
        credentials: async (request) => {
          const headers = await auth.headers(request);
          return { headers, secrets: Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]) };
        },
      };
  }
}

function basicScheme({ username = userName(), password = "" }: BasicAuth): Scheme {
  return {
    kind: "basic",
    challenges: false,
    cookieSuffices: false,
    credentials: async () => {
      const secret = await reveal(password);
      const pair = Buffer.from(`${username}:${secret}`, "latin1").toString("base64");
      return { headers: { authorization: `Basic ${pair}` }, secrets: [pair, secret] };
    },
    // dask-gateway-server 2026.3.0 decodes the pair as ASCII.
    serverErrorHint: "If user or password have other characters than those of ASCII: Dask Gateway cannot read them.",
  };
}

// In a container the user may have no name.
function userName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    const message = 'The user of this process has no name: pass auth: { kind: "basic", username, … }.';
    throw new DaskGatewayError("GATEWAY_INVALID_CONFIG", message, { cause });
  }
}

function jupyterHubScheme({ token }: JupyterHubAuth): Scheme {
  return {
    kind: "jupyterhub",
    challenges: false,
    cookieSuffices: false,
    credentials: async () => {
      const secret = await reveal(token);
      return { headers: { authorization: `jupyterhub ${secret}` }, secrets: [secret] };
    },
    // 403 from the Hub becomes 500, 5xx becomes 502, in dask-gateway-server 2026.3.0.
    serverErrorHint:
      "With JupyterHub this often means that the Hub is down, or refuses the gateway's check of the token.",
  };
}

async function reveal(secret: Secret): Promise<string> {
  return typeof secret === "function" ? await secret() : secret;
}
