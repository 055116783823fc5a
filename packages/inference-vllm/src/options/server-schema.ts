import { z } from "zod";
import type { ReplicaAddress } from "../fleet/call.ts";
import type { ServerAddress } from "./backend-options.ts";
import { visible } from "./visible.ts";

const url = z.string().superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

const one = z.union(
  [
    url,
    z.strictObject({
      url,
      name: z.string().min(1).optional(),
      apiKey: visible.optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
  ],
  {
    error: ({ input }) => wordsFor(input),
  },
);

/** One server or several. */
export const serversSchema: z.ZodType<
  readonly (string | ServerAddress)[],
  string | readonly (string | ServerAddress)[]
> = z
  .union([url.transform((address) => [address]), z.array(one).min(1, "must name a server")], {
    error: ({ input }) => wordsFor(input),
  })
  .superRefine((servers, context) => {
    if (context.issues.length > 0) return;
    const names = servers.map((server) => toReplicaAddress(server, undefined)).map(({ name }) => name);
    for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
      context.addIssue({ code: "custom", message: `two servers are called ${name}: give each a name of its own` });
  });

/** A server as a fleet knows it. */
export function toReplicaAddress(server: string | ServerAddress, apiKey: string | undefined): ReplicaAddress {
  const given: ServerAddress = typeof server === "string" ? { url: server } : server;
  const address = new URL(given.url);
  if (address.pathname === "/") address.pathname = "/v1";
  const { name = address.host, apiKey: own = apiKey, headers } = given;
  return { name, url: address.href.replace(/\/$/, ""), apiKey: own, headers };
}

/** A union's own words are "invalid input". */
function wordsFor(input: unknown): string {
  return (
    (typeof input === "string" ? problemOf(input) : undefined) ??
    "must be an address, or { url, name?, apiKey?, headers? }, or a list of these"
  );
}

function problemOf(text: string): string | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return "must be an address such as http://127.0.0.1:8000/v1";
  const { username, password, search, hash } = new URL(text);
  if (username + password !== "") return "must not hold a name or password: use apiKey or headers";
  return search + hash === "" ? undefined : "must end with its path: nothing after a ? or # is sent";
}
