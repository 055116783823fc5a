import { writeSync } from "node:fs";
import type { SessionOptions } from "../session/session-options.ts";
import { Session } from "../session/session.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";
import { ScriptedBackend } from "./scripted-backend.ts";

/** Waits for signals; what it is to do is told by its arguments. Says what happens on standard output, at once. */
const say = (line: string): void => void writeSync(1, `${line}\n`);
const asked = new Set(process.argv.slice(2));

const heard = async (): Promise<void> => {
  say("host heard");
  // The most patient way hurries nobody.
  await Promise.all(sessions.map((session) => session.close({ mode: "drain" })));
  say("all closed");
};
if (asked.has("own-listener")) for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void heard());
const options: SessionOptions = {
  handleInterrupt: !asked.has("no-handling"),
  handleSignals: asked.has("handle-signals") && {
    ...(asked.has("other-signals") && { signals: ["SIGUSR1", "SIGUSR2"] }),
    ...(asked.has("patient") && { deadlineMs: 600_000 }),
    ...(asked.has("other-code") && { exitCode: 42 }),
  },
};

const backends = Array.from({ length: asked.has("many-sessions") ? 20 : 1 }, (_, index) =>
  new ScriptedBackend({
    name: `backend${index}`,
    close: async () => {
      say(`closing ${index}`);
      if (asked.has("hang")) await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, index * 5));
      say(`closed ${index}`);
    },
  }),
);
const sessions = backends.map((backend, index) => {
  const journaled = asked.has("resumable") && index === 0;
  return new Session({ ...options, backends: [backend], ...(journaled && { journal: new MemoryJournal({}, "run.db") }) });
});
await Promise.all(
  sessions.map(async (session) => {
    const [future] = await session.submitTasks([{ uid: "a", executable: "work" }]);
    await session.start();
    void future.settled().then(({ state }) => say(`task ${state}`));
  }),
);
if (asked.has("closed-before")) await Promise.all(sessions.map((session) => session.close()));
process.on("warning", ({ name }) => say(name));
// Keeps the process alive, and lets the test end it, or the task.
process.stdin.on("data", (line) => {
  if (line.toString() === "finish\n") backends[0]?.report("a", { state: "DONE" });
  else process.exit(process.exitCode ?? 7);
});
say("ready");
