import type { Row } from "./query.ts";
import { type Files, filesOf } from "./rows.ts";
import type { CommitRows } from "./whole-commits.ts";

/** How a task stands, as far as a resume has to know. */
export interface TaskFact {
  readonly attempt: number;
  /** Whether its last result is `DONE`. */
  readonly isDone: boolean;
  /** Files of its last result. */
  readonly files?: Files;
}

const UNSTARTED: TaskFact = { attempt: 0, isDone: false };

/** How the tasks of a journal stand; gathered commit by commit. */
export class TaskFacts {
  readonly #facts = new Map<number, TaskFact>();
  /** How many tasks and results there are. */
  tasks = 0;
  results = 0;
  /** Names of all files that results refer to. */
  readonly files: Set<string> = new Set();

  of(sequence: number): TaskFact {
    return this.#facts.get(sequence) ?? UNSTARTED;
  }

  add({ tasks, changes, results }: CommitRows): void {
    this.tasks += tasks.length;
    this.results += results.length;
    for (const row of changes) this.#addChange(row);
    for (const row of results) this.#addResult(row);
  }

  #addChange([, task, , attempt]: Row): void {
    const sequence = Number(task);
    const fact = this.of(sequence);
    this.#facts.set(sequence, { ...fact, attempt: Math.max(fact.attempt, Number(attempt)) });
  }

  #addResult(row: Row): void {
    const sequence = Number(row[1]);
    const attempt = Math.max(this.of(sequence).attempt, Number(row[3]));
    const files = filesOf(row);
    for (const { file } of Object.values(files)) this.files.add(file);
    this.#facts.set(sequence, { attempt, isDone: row[2] === "DONE", ...(row[13] !== null && { files }) });
  }
}
