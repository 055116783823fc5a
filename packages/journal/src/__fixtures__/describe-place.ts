// Prints what comes of creating, resuming and reading a journal: `node describe-place.ts <path>`.
import { readJournal } from "../journal/read-journal.ts";
import { SqliteJournal } from "../journal/sqlite-journal.ts";
import { SESSION } from "./batches.ts";

const path = process.argv[2] ?? "";
const journal = new SqliteJournal(path);
const codeOf = (error: unknown): unknown => Reflect.get(Object(error), "code");

const read = async (): Promise<unknown> => {
  await using view = await readJournal(path);
  return view.counts();
};
const outcomes = await Promise.all([
  journal.create(SESSION).then(() => "created", codeOf),
  journal.resume().then(() => "resumed", codeOf),
  read().catch(codeOf),
]);
process.stdout.write(JSON.stringify(outcomes));
