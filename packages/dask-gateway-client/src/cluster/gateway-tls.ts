/**
 * The certificate and key of one cluster: the certificate is also the authority that signed it, and both are server's and client's alike.
 * Only its two getters give them; JSON, `util.inspect`, spreading and copies show nothing.
 */
export class GatewayTls {
  readonly #certificate: string;
  readonly #key: string;

  constructor(certificate: string, key: string) {
    this.#certificate = certificate;
    this.#key = key;
  }

  /** PEM. */
  get certificate(): string {
    return this.#certificate;
  }

  /** The private key, PEM. Whoever has it can run code on the cluster: never write it to a command line, an environment or a log. */
  get key(): string {
    return this.#key;
  }

  /** What JSON shows in its place. */
  toJSON(): string {
    return "[redacted]";
  }
}
