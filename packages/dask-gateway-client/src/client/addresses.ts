/** The address without a slash at its end. Throws with what is wrong with it. */
export function toBaseAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RangeError("has to begin with http:// or https://, as https://gateway.example.org");
  }
  if (url.username !== "" || url.password !== "")
    throw new RangeError('cannot have user and password in it: pass them as auth: { kind: "basic", … }');
  if (url.search !== "" || url.hash !== "") throw new RangeError("cannot have a query or a fragment");
  return url.href.replace(/\/+$/, "");
}

// The port of distributed where no scheme tells another.
const SCHEDULER_PORT = 8786;

/** `host:port` of the scheduler proxy. Throws with what is wrong with it. */
export function proxyHostOf(proxyAddress: string | number | undefined, address: string): string {
  const { protocol, hostname, port } = new URL(address);
  if (proxyAddress === undefined) return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  if (typeof proxyAddress === "number") return `${hostname}:${proxyAddress}`;
  const [, scheme = "tls", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(proxyAddress) ?? [];
  // A scheme that URL does not know keeps every port as it is.
  const text = `gateway://${rest}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.hostname === "" || url.username !== "")
    throw new RangeError("proxyAddress: has to be host:port, or a port of the address's host");
  const defaults: Readonly<Record<string, number>> = { http: 80, https: 443 };
  return `${url.hostname}:${url.port || (defaults[scheme.toLowerCase()] ?? SCHEDULER_PORT)}`;
}
