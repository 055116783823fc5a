import { CookieJar } from "tough-cookie";

/**
 * The cookies of one client. A cookie of the gateway authenticates a request whatever its `Authorization` says, so a jar is never shared.
 */
export class Cookies {
  // The gateway is often a host without a domain, or an address.
  readonly #jar = new CookieJar(undefined, { rejectPublicSuffixes: false, allowSpecialUseDomain: true });

  /** The header for a request to the URL; `""` when there are none. */
  async header(url: string): Promise<string> {
    return await this.#jar.getCookieString(url);
  }

  /** Keeps those of a reply; what is no cookie is left out. */
  async keep(setCookie: string | readonly string[] | undefined, url: string): Promise<void> {
    for (const cookie of [setCookie ?? []].flat()) await this.#jar.setCookie(cookie, url, { ignoreError: true });
  }

  /** Forgets all of them. */
  async clear(): Promise<void> {
    await this.#jar.removeAllCookies();
  }
}
