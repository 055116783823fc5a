/** The last bytes of a stream. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    // Twice the limit, so that cutting costs little for each byte.
    if (this.#length > 2 * this.#limit) this.#cut();
  }

  read(): { readonly text: string; readonly truncated: boolean } {
    if (this.#length > this.#limit) this.#cut();
    return { text: new TextDecoder().decode(Buffer.concat(this.#chunks)), truncated: this.#truncated };
  }

  #cut(): void {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#chunks = [kept];
    this.#length = kept.length;
    this.#truncated = true;
  }
}
