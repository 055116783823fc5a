import type { KerberosModule } from "./kerberos-module.ts";

/** The request that headers are asked for. */
export interface AuthRequest {
  readonly method: string;
  readonly url: string;
  /** True when the gateway refused a first try with 401: fetch a fresh token. */
  readonly challenged: boolean;
}

/** Headers of a request, by name. */
export type Headers = Readonly<Record<string, string>>;

/** A secret, or a function that is asked for it at every request. As a function it stays out of whatever prints these options. */
export type Secret = string | (() => string | Promise<string>);

/** User and password, for gateways with `SimpleAuthenticator` or behind a proxy that asks for them. */
export interface BasicAuth {
  readonly kind: "basic";
  /** @defaultValue the user that this process runs as */
  readonly username?: string | undefined;
  /** @defaultValue `""` */
  readonly password?: Secret | undefined;
}

/** A token of JupyterHub, for gateways with `JupyterHubAuthenticator`. */
export interface JupyterHubAuth {
  readonly kind: "jupyterhub";
  /** On a Hub's own servers it is in the environment as `JUPYTERHUB_API_TOKEN`. */
  readonly token: Secret;
}

/** The Kerberos ticket of this process, for gateways with `KerberosAuthenticator`; needs the package `kerberos`. */
export interface KerberosAuth {
  readonly kind: "kerberos";
  /** Name of the gateway's service. @defaultValue `"HTTP@<host of the address>"` */
  readonly service?: string | undefined;
  /** The package, where `import("kerberos")` does not find it. */
  readonly module?: KerberosModule | undefined;
}

/**
 * Any other scheme: `headers` is asked before every request, and once more after a 401. Always for one user: the gateway's cookie
 * lets further requests through whatever their headers say.
 */
export interface CustomAuth {
  readonly kind: "custom";
  /** Makes the headers of one request. */
  readonly headers: (request: AuthRequest) => Headers | Promise<Headers>;
}

/** How the client tells the gateway who it is. */
export type GatewayAuth = BasicAuth | JupyterHubAuth | KerberosAuth | CustomAuth;
