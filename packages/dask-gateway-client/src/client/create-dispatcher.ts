import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from "undici";
import type { ClientSettings } from "./parse-client-options.ts";

// A gateway with a thousand clusters answers with some 4 MB, keys included.
const MAX_RESPONSE_BYTES = 64 * 2 ** 20;

/** The dispatcher for these settings; whoever calls closes it. */
export function createDispatcher({ ca, httpProxy }: Pick<ClientSettings, "ca" | "httpProxy">): Dispatcher {
  const tls = ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] };
  const options = { connect: tls, requestTls: tls, proxyTls: tls, maxResponseSize: MAX_RESPONSE_BYTES };
  if (httpProxy === true) return new EnvHttpProxyAgent(options);
  return httpProxy === false ? new Agent(options) : new ProxyAgent({ ...options, uri: httpProxy });
}
