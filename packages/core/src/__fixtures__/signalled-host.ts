import { writeSync } from "node:fs";
import { Session } from "../session/session.ts";
import { ScriptedBackend } from "./scripted-backend.ts";

/** Waits for signals; what it is to do is told by its arguments. Says what happens on standard output, at once. */
const say = (line: string): void => void writeSync(1, `${line}\n`);
const asked = new Set(process.argv.slice(2));

if (asked.has("own-listener")) process.on("SIGINT", () => say("host heard"));

const sessions = Array.from({ length: asked.has("many-sessions") ? 20 : 1 }, (_, index) => {
  const backend = new ScriptedBackend({
    name: `backend${index}`,
    close: async () => {
      say(`closing ${index}`);
      if (asked.has("hang")) await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, index * 5));
      say(`closed ${index}`);
    },
  });
  return new Session({ backends: [backend], handleInterrupt: !asked.has("no-handling") });
});
const futures = await Promise.all(
  sessions.map(async (session) => {
    const [future] = await session.submitTasks([{ uid: "a", executable: "work" }]);
    await session.start();
    void future.settled().then(({ state }) => say(`task ${state}`));
    return [future];
  }),
);
if (asked.has("closed-before")) await Promise.all(sessions.map((session) => session.close()));
process.on("warning", ({ name }) => say(name));
// Keeps the process alive, and lets the test end it.
process.stdin.on("data", () => process.exit(futures.length > 0 ? 7 : 8));
say("ready");
