import { readFile } from "node:fs/promises";
import { BackendError } from "@rhapsody/core";
import type { DaskTls } from "../options/cluster-options.ts";

/** Certificates as secrets of the engine: PEM texts by the names that it knows. */
export async function tlsSecrets(backend: string, tls: DaskTls | undefined): Promise<Readonly<Record<string, string>>> {
  if (tls === undefined) return {};
  const [tlsCa, tlsCert, tlsKey] = await Promise.all([
    pem(backend, "ca", tls.ca ?? tls.certificate),
    pem(backend, "certificate", tls.certificate),
    pem(backend, "key", tls.key),
  ]);
  return { tlsCa, tlsCert, tlsKey };
}

async function pem(backend: string, field: keyof DaskTls, value: string): Promise<string> {
  if (value.includes("-----BEGIN ")) return value;
  try {
    return await readFile(value, "utf8");
  } catch (cause) {
    const how = cause instanceof Error ? cause.message : String(cause);
    const message = `tls.${field} cannot be read: ${how}; give the path of a PEM file, or its text`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause });
  }
}
