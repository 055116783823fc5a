import { copyFileSync, statSync } from "node:fs";
import { openForReading, openForWriting, type ReadingOptions, type WritingOptions } from "./connection.ts";
import { examine, type Examination } from "./examine.ts";
import { Query } from "./query.ts";
import { freeDamagedPath, rescue } from "./rescue.ts";
import { StoreFailure } from "./store-failure.ts";
import { readWal, type WalContent } from "./wal.ts";

/** A journal that is whole, perhaps again. */
export interface Recovery {
  readonly examination: Examination;
  /** What was lost, in words. */
  readonly dropped: readonly string[];
  /** Where the damaged file lies, when there is one. */
  readonly damaged?: string;
}

const ALONE: ReadingOptions = { alone: true };
const WITH_LOG: ReadingOptions = {};

/**
 * Checks a journal that nobody else writes to, and cuts damage off at its end.
 *
 * @throws StoreFailure `JOURNAL_CORRUPT`; nothing was changed.
 */
export function recoverJournal(path: string, options: WritingOptions): Recovery {
  rollBack(path, options);
  const wal = readWal(`${path}-wal`);
  const best = examineBest(path, wal);
  if (best.session === undefined || (best.commits === 0 && !best.isIntact)) {
    const message = "it is damaged from its beginning on, so nothing of it can be read: begin anew with another file";
    throw new StoreFailure("JOURNAL_CORRUPT", message);
  }
  if (!best.isIntact || (best.view.alone === true && wal !== undefined)) return replace(path, best);
  return { examination: best, dropped: wal === undefined ? [] : dropLogEnd(path, wal, best) };
}

/** Where a rollback journal is used, one that was left behind holds what the file was before its last, unfinished commit. */
function rollBack(path: string, options: WritingOptions): void {
  if (sizeOf(`${path}-journal`) === 0) return;
  const db = openForWriting(path, options);
  try {
    db.exec("SELECT 1 FROM sqlite_schema");
  } finally {
    db.close();
  }
}

/** The file and its log together are the journal. Where the log has lost its end, the file alone may hold more than both together. */
function examineBest(path: string, wal: WalContent | undefined): Examination {
  if (wal === undefined) return examine(path, ALONE);
  const together = examine(path, WITH_LOG);
  if (together.isIntact && ask(path, ALONE, "SELECT max(number) FROM commits") <= together.commits) return together;
  const alone = examine(path, ALONE);
  return alone.commits > together.commits ? alone : together;
}

function replace(path: string, best: Examination): Recovery {
  const loss = describeLoss(path, best);
  const damaged = rescue(path, best);
  const dropped = `the journal was damaged: ${loss}; the damaged file is ${damaged}`;
  return { examination: best, dropped: [dropped], damaged };
}

function dropLogEnd(path: string, wal: WalContent, best: Examination): readonly string[] {
  if (wal.lostBytes === 0) return [];
  if (wal.lostCommits === 0 && wal.lostBytes < wal.bytes) {
    return [
      `the last commit was unfinished or damaged (${wal.lostBytes} bytes), and nothing of it is kept; before it is ${describeEnd(best)}`,
    ];
  }
  const kept = freeDamagedPath(`${path}-wal`);
  copyFileSync(`${path}-wal`, kept);
  const commits = wal.lostCommits === 0 ? "" : `, at least ${wal.lostCommits} commits`;
  return [
    `the journal's log was damaged: ${wal.lostBytes} bytes of it are lost${commits}, all after ${describeEnd(best)}; the damaged log is ${kept}`,
  ];
}

function describeEnd({ commits, lastAt }: Examination): string {
  return lastAt === undefined ? "the beginning" : `commit ${commits} of ${new Date(lastAt).toISOString()}`;
}

/** What a damaged file still shows beyond what can be kept, in words. */
function describeLoss(path: string, best: Examination): string {
  const { view, commits, facts } = best;
  const kept = { commits, tasks: facts.tasks, results: facts.results };
  const more = (["commits", "tasks", "results"] as const).map((table) => {
    return { table, number: ask(path, view, `SELECT count(*) FROM ${table} NOT INDEXED`) - kept[table] };
  });
  if (more.every(({ number }) => number === 0)) return `nothing is known to be lost, up to ${describeEnd(best)}`;
  const lost = more.filter(({ number }) => number > 0).map(({ table, number }) => `${number} ${table}`);
  return `what was written after ${describeEnd(best)} is lost${lost.length === 0 ? "" : `, at least ${lost.join(", ")}`}`;
}

/** A number from a file that may be damaged; 0 when it cannot be had. */
function ask(path: string, view: ReadingOptions, sql: string): number {
  try {
    const db = openForReading(path, { ...view, tolerant: true });
    try {
      return Number(new Query(db, sql).first()?.[0]);
    } finally {
      db.close();
    }
  } catch {
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
