import type { AuthRequest, Headers } from "./gateway-auth.ts";

/** Headers that authenticate one request. */
export interface Credentials {
  readonly headers: Headers;
  /** What in them may be in no message. */
  readonly secrets: readonly string[];
  /** Checks the reply to it, for schemes in which the gateway proves itself too. */
  readonly verify?: (wwwAuthenticate: string | undefined) => Promise<void>;
}

/** A way to authenticate. */
export interface Scheme {
  /** As in the options, for messages. */
  readonly kind: string;
  /** Whether a second try after a 401 can differ from the first. */
  readonly challenges: boolean;
  /** Whether a request that has the gateway's cookie needs no credentials. */
  readonly cookieSuffices: boolean;
  credentials(request: AuthRequest): Promise<Credentials>;
  /** A likely reason when the gateway answers with a status of 500 or more. */
  readonly serverErrorHint?: string;
}
