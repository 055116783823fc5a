import { homedir } from "node:os";
import type { GatewayAuth } from "../auth/gateway-auth.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { readConfigEnvironment } from "./config-environment.ts";
import { configPaths, readConfigFiles } from "./config-files.ts";
import { type ConfigMap, type ConfigValue, isConfigMap, mergeConfig, valueOf } from "./config-value.ts";
import { fillTemplate } from "./fill-template.ts";
import { present } from "./present.ts";

/** What Dask's configuration says about its gateway; options of a `DaskGatewayClient`. Keys that are not set are absent. */
export interface GatewayConfig {
  /** `gateway.address` */
  readonly address?: string;
  /** `gateway.proxy-address` */
  readonly proxyAddress?: string | number;
  /** `gateway.public-address` */
  readonly publicAddress?: string;
  /** `gateway.auth`. Password and token are functions, so that they stay out of what prints this. */
  readonly auth?: GatewayAuth;
  /** `gateway.http-client.proxy` */
  readonly httpProxy?: boolean | string;
  /** `gateway.cluster.options` */
  readonly clusterOptions?: Readonly<Record<string, unknown>>;
}

/** Where the configuration is read from. */
export interface ReadConfigOptions {
  /** @defaultValue the variables of this process */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** @defaultValue the user's */
  readonly homeDirectory?: string | undefined;
  /** Python's `sys.prefix`, and others like it, in whose `etc/dask` configuration lies. @defaultValue `CONDA_PREFIX` and `VIRTUAL_ENV`, where set */
  readonly prefixes?: readonly string[] | undefined;
  /** Leaves `gateway.auth` alone, for callers that have their own. @defaultValue `false` */
  readonly skipAuth?: boolean | undefined;
}

/**
 * Reads what Dask's own clients read: YAML and JSON files in `/etc/dask` (`DASK_ROOT_CONFIG`), in `etc/dask` of Python's prefixes, in
 * `~/.config/dask` and at `DASK_CONFIG`, then variables like `DASK_GATEWAY__ADDRESS`; what comes later counts. `{NAME}` in values stands for a variable.
 *
 * @throws {@link DaskGatewayError} with code `GATEWAY_INVALID_CONFIG` that names the file or key.
 */
export async function readGatewayConfig(options: ReadConfigOptions = {}): Promise<GatewayConfig> {
  const { environment = process.env, homeDirectory = homedir() } = options;
  const prefixes =
    options.prefixes ??
    [environment["CONDA_PREFIX"], environment["VIRTUAL_ENV"]].filter((prefix) => prefix !== undefined);
  const files = await readConfigFiles(configPaths({ environment, homeDirectory, prefixes }));
  const config = [...files, readConfigEnvironment(environment)].reduce<ConfigMap>(mergeConfig, {});
  const gateway = new GatewaySection(valueOf(config, "gateway"), environment);
  return present({
    address: gateway.text("address"),
    proxyAddress: gateway.textOrNumber("proxy-address"),
    publicAddress: gateway.text("public-address"),
    auth: options.skipAuth ? undefined : gateway.auth(),
    httpProxy: gateway.httpProxy(),
    clusterOptions: gateway.clusterOptions(),
  });
}

/** The values below `gateway`. */
class GatewaySection {
  readonly #section: ConfigValue;
  readonly #environment: Readonly<Record<string, string | undefined>>;

  constructor(section: ConfigValue, environment: Readonly<Record<string, string | undefined>>) {
    this.#section = section;
    this.#environment = environment;
  }

  text(...path: readonly string[]): string | undefined {
    const value = this.textOrNumber(...path);
    return value === undefined ? undefined : String(value);
  }

  textOrNumber(...path: readonly string[]): string | number | undefined {
    const value = this.#value(path);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" || typeof value === "number") return value;
    throw refused(path, "has to be a text");
  }

  httpProxy(): boolean | string | undefined {
    const path = ["http-client", "proxy"];
    const value = this.#value(path);
    return typeof value === "boolean" ? value : this.text(...path);
  }

  auth(): GatewayAuth | undefined {
    const kind = this.text("auth", "type");
    // As functions, so that they are not printed.
    switch (kind) {
      case undefined:
      case "basic": {
        const username = this.text("auth", "kwargs", "username");
        const password = this.text("auth", "kwargs", "password");
        if (kind === undefined && username === undefined && password === undefined) return undefined;
        return {
          kind: "basic",
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password: () => password }),
        };
      }
      case "jupyterhub": {
        const token = this.text("auth", "kwargs", "api-token") ?? this.#environment["JUPYTERHUB_API_TOKEN"];
        if (token === undefined)
          throw refused(
            ["auth", "kwargs", "api-token"],
            "is not set, and JUPYTERHUB_API_TOKEN is neither: set one of them",
          );
        return { kind: "jupyterhub", token: () => token };
      }
      case "kerberos":
        return { kind: "kerberos" };
      default:
        throw refused(
          ["auth", "type"],
          'is none of basic, jupyterhub and kerberos: pass auth: { kind: "custom", headers } instead',
        );
    }
  }

  clusterOptions(): Readonly<Record<string, unknown>> | undefined {
    const path = ["cluster", "options"];
    const options = this.#raw(path);
    if (options === undefined || options === null) return undefined;
    if (!isConfigMap(options)) throw refused(path, "has to be a mapping");
    return Object.fromEntries(Object.keys(options).map((field) => [field, this.#value([...path, field])]));
  }

  #value(path: readonly string[]): ConfigValue {
    const value = this.#raw(path);
    return typeof value === "string" ? fillTemplate(keyOf(path), value, this.#environment) : value;
  }

  #raw(path: readonly string[]): ConfigValue {
    return path.reduce(valueOf, this.#section);
  }
}

function keyOf(path: readonly string[]): string {
  return ["gateway", ...path].join(".");
}

function refused(path: readonly string[], problem: string): DaskGatewayError {
  return new DaskGatewayError("GATEWAY_INVALID_CONFIG", `${keyOf(path)} in Dask's configuration ${problem}.`);
}
