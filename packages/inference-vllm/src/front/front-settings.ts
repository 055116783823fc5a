import type { FrontOptions } from "./front-options.ts";

/** {@link FrontOptions} after defaults; the token is the {@link Gate}'s. */
export type FrontSettings = { readonly [K in Exclude<keyof FrontOptions, "token">]-?: NonNullable<FrontOptions[K]> };

export function toFrontSettings({ token: _, ...options }: FrontOptions): FrontSettings {
  return {
    ...options,
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    prompts: options.prompts ?? "chat",
    maxBodyBytes: options.maxBodyBytes ?? 32 * 1024 * 1024,
    maxConcurrent: options.maxConcurrent ?? 1024,
    clientStallMs: options.clientStallMs ?? 60_000,
    corsOrigins: options.corsOrigins ?? [],
  };
}
