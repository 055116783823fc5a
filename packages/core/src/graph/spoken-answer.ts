import { AnswerStream, type AnswerPiece } from "../task/answer-stream.ts";
import type { TaskResult } from "../task/task-result.ts";

/** What a model has said so far in the present attempt of a task, and who listens. */
export class SpokenAnswer {
  readonly #streams = new Set<AnswerStream>();
  readonly #texts = new Map<number, string>();
  #attempt = 0;

  add(piece: AnswerPiece): void {
    const { attempt, index, text } = piece;
    if (attempt !== this.#attempt) this.#texts.clear();
    this.#attempt = attempt;
    this.#texts.set(index, (this.#texts.get(index) ?? "") + text);
    for (const stream of this.#streams) stream.push(piece);
  }

  /** The answers of an attempt, one for each prompt: what did not come in pieces is one. */
  whole(attempt: number, answers: readonly unknown[]): void {
    for (const [index, text] of answers.entries()) {
      const isSaid = attempt === this.#attempt && this.#texts.has(index);
      if (typeof text === "string" && text !== "" && !isSaid) this.add({ attempt, index, text });
    }
  }

  /** A stream that begins with what was said before. */
  open(): AnswerStream {
    const stream = new AnswerStream((closed) => this.#streams.delete(closed));
    for (const [index, text] of this.#texts) stream.push({ attempt: this.#attempt, index, text });
    this.#streams.add(stream);
    return stream;
  }

  /** The task has settled; its answers are given to those who have not heard them. */
  end({ attempts, error }: TaskResult, answers: readonly string[]): void {
    this.whole(attempts, answers);
    for (const stream of this.#streams) stream.end(error);
  }
}
