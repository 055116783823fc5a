import type { Dispatcher } from "undici";
import { z } from "zod";
import type { AuthRequest, GatewayAuth, Headers, Secret } from "../auth/gateway-auth.ts";
import type { KerberosModule } from "../auth/kerberos-module.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { RetryPolicy } from "../http/retry-policy.ts";
import { proxyHostOf, toBaseAddress } from "./addresses.ts";
import type { DaskGatewayClientOptions } from "./client-options.ts";

/** {@link DaskGatewayClientOptions} after defaults. */
export interface ClientSettings {
  readonly address: string;
  /** `host:port`. */
  readonly proxyHost: string;
  readonly publicAddress: string;
  readonly auth: GatewayAuth;
  readonly ca: readonly string[];
  readonly httpProxy: boolean | string;
  readonly dispatcher?: Dispatcher | undefined;
  readonly headers: Headers;
  readonly clusterOptions: Readonly<Record<string, unknown>>;
  readonly requestTimeoutMs: number;
  readonly retry: RetryPolicy;
  readonly onWarning: (message: string) => void;
}

const secretSchema = z.union([
  z.string(),
  z.custom<Exclude<Secret, string>>((value) => typeof value === "function", "has to be a text or a function"),
]);

const authSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("basic"),
    username: z
      .string()
      .regex(/^[^:]*$/, "cannot have a colon in it")
      .optional(),
    password: secretSchema.optional(),
  }),
  z.strictObject({ kind: z.literal("jupyterhub"), token: secretSchema }),
  z.strictObject({
    kind: z.literal("kerberos"),
    service: z.string().optional(),
    module: z.custom<KerberosModule>((value) => typeof value === "object" && value !== null).optional(),
  }),
  z.strictObject({
    kind: z.literal("custom"),
    headers: z.custom<(request: AuthRequest) => Headers | Promise<Headers>>(
      (value) => typeof value === "function",
      "has to be a function",
    ),
  }),
]);

// What setTimeout can wait.
const delaySchema = z
  .number()
  .positive()
  .max(2 ** 31 - 1);
const NO_RETRY = { attempts: 1, minDelayMs: 0, maxDelayMs: 0 };

const optionsSchema = z.strictObject({
  address: z.string().transform(guarded(toBaseAddress)),
  proxyAddress: z.union([z.string(), z.int().min(1).max(65_535)]).optional(),
  publicAddress: z.string().transform(guarded(toBaseAddress)).optional(),
  auth: authSchema.default({ kind: "basic" }),
  ca: z.union([z.string(), z.array(z.string()).readonly()]).default([]),
  httpProxy: z.union([z.boolean(), z.url()]).default(true),
  dispatcher: z
    .custom<Dispatcher>((value) => typeof value === "object" && value !== null && "dispatch" in value)
    .optional(),
  headers: z.record(z.string(), z.string()).default({}),
  clusterOptions: z.record(z.string(), z.unknown()).default({}),
  requestTimeoutMs: delaySchema.default(30_000),
  retry: z
    .union([
      z.literal(false).transform(() => NO_RETRY),
      z.strictObject({
        attempts: z.int().positive().default(5),
        minDelayMs: delaySchema.default(200),
        maxDelayMs: delaySchema.default(5_000),
      }),
    ])
    .default({ attempts: 5, minDelayMs: 200, maxDelayMs: 5_000 }),
  onWarning: z
    .custom<(message: string) => void>((value) => typeof value === "function", "has to be a function")
    .default(() => emitWarning),
});

const settingsSchema: z.ZodType<ClientSettings, DaskGatewayClientOptions> = optionsSchema.transform(
  ({ proxyAddress, ...options }, context) => ({
    ...options,
    proxyHost: guarded((address: string) => proxyHostOf(proxyAddress, address))(options.address, context),
    publicAddress: options.publicAddress ?? options.address,
    ca: [options.ca].flat(),
  }),
);

/** Checks a client's options; throws {@link DaskGatewayError} with code `GATEWAY_INVALID_CONFIG` that lists every problem. */
export function parseClientOptions(options: DaskGatewayClientOptions): ClientSettings {
  const result = settingsSchema.safeParse(options);
  if (result.success) return result.data;
  throw new DaskGatewayError("GATEWAY_INVALID_CONFIG", `DaskGatewayClient: ${z.prettifyError(result.error)}`, {
    cause: result.error,
  });
}

/** The function with what it throws told as a problem of the option. */
function guarded<T, R>(convert: (value: T) => R): (value: T, context: z.RefinementCtx) => R {
  return (value, context) => {
    try {
      return convert(value);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  };
}

function emitWarning(message: string): void {
  process.emitWarning(message, "DaskGatewayWarning");
}
