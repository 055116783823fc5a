// Opens a journal, commits once, and leaves everything open: `node open-host.ts <path>`.
import { SqliteJournal } from "../journal/sqlite-journal.ts";
import { nthBatch, SESSION } from "./batches.ts";

const handle = await new SqliteJournal(process.argv[2] ?? "").create(SESSION);
await handle.commit(nthBatch(0));
process.stdout.write("committed\n");
