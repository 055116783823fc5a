import { Fifo } from "../dispatch/fifo.ts";

/** A piece of a model's answer. */
export interface AnswerPiece {
  /** Which try the piece is of, from 1: when it rises, the task was tried again, and what came before does not count any more. */
  readonly attempt: number;
  /** Which prompt of several it answers, from 0. */
  readonly index: number;
  readonly text: string;
}

type Step = IteratorResult<AnswerPiece, undefined>;

/**
 * The answer of one task, piece by piece, for one reader, who slows nobody: pieces that were not read yet are joined to one for each prompt, and those of an
 * attempt that is over are dropped. Ends with the task, or throws its failure.
 */
export class AnswerStream implements AsyncIterableIterator<AnswerPiece, undefined> {
  readonly #onClose: (stream: AnswerStream) => void;
  readonly #readers = new Fifo<PromiseWithResolvers<Step>>();
  /** Text that was not read yet, by prompt. */
  readonly #texts = new Map<number, string>();
  /** That of the latest piece; none yet. */
  #attempt = -1;
  #over = false;
  #failure: Error | undefined;

  /** @internal Streams come from tasks and futures. */
  constructor(onClose: (stream: AnswerStream) => void) {
    this.#onClose = onClose;
  }

  /** @internal Hands a piece to the reader, or keeps it. */
  push(piece: AnswerPiece): void {
    const { attempt, index, text } = piece;
    if (attempt !== this.#attempt) this.#texts.clear();
    this.#attempt = attempt;
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ value: piece, done: false });
    else this.#texts.set(index, (this.#texts.get(index) ?? "") + text);
  }

  /** @internal The task has settled, by a failure or not: what is kept can be read still. */
  end(failure: Error | undefined): void {
    this.#close(failure);
  }

  /** Resolves with the next piece, or with the end. */
  next(): Promise<Step> {
    for (const [index, text] of this.#texts) {
      this.#texts.delete(index);
      return Promise.resolve({ value: { attempt: this.#attempt, index, text }, done: false });
    }
    if (this.#over) return this.#end();
    const reader = Promise.withResolvers<Step>();
    this.#readers.push(reader);
    return reader.promise;
  }

  /** Stops reading; the task goes on. */
  return(): Promise<Step> {
    this.#onClose(this);
    this.#texts.clear();
    this.#close(undefined);
    return this.#end();
  }

  /** The stream itself, so that `for await` reads it. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Same as {@link AnswerStream.return}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #close(failure: Error | undefined): void {
    this.#failure = failure;
    this.#over = true;
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      reader.resolve(this.#end());
    }
  }

  /** Throws the failure to one reader; after it there is nothing. */
  async #end(): Promise<Step> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    return { value: undefined, done: true };
  }
}
