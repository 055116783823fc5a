import type { FrontOptions } from "./front-options.ts";

/** {@link FrontOptions} after defaults; the token is the {@link Gate}'s. */
export type FrontSettings = { readonly [K in Exclude<keyof FrontOptions, "token">]-?: NonNullable<FrontOptions[K]> };

/** Where a front listens. */
export type FrontPlace = Pick<FrontSettings, "backend" | "host" | "port">;

export function placeOf({ backend, host = "127.0.0.1", port = 0 }: Pick<FrontOptions, keyof FrontPlace>): FrontPlace {
  return { backend, host, port };
}

export function toFrontSettings({ token: _, ...options }: FrontOptions): FrontSettings {
  return {
    ...options,
    ...placeOf(options),
    prompts: options.prompts ?? "chat",
    maxBodyBytes: options.maxBodyBytes ?? 32 * 1024 * 1024,
    maxConcurrent: options.maxConcurrent ?? 1024,
    clientStallMs: options.clientStallMs ?? 60_000,
    corsOrigins: options.corsOrigins ?? [],
  };
}
