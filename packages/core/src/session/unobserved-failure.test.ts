import { describe, expect, it } from "vitest";
import { exitCode1, openSession, program } from "../__fixtures__/open-session.ts";
import type { LogFields, Logger } from "../logging/logger.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";
import type { Session } from "./session.ts";

/** The tasks whose failure a session logs when it closes. */
async function loggedAfter(use: (session: Session) => Promise<unknown>): Promise<unknown[]> {
  const logged: LogFields[] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => void logged.push(fields),
  };
  const backend = new RecordingBackend({
    respond: ({ uid }) => (uid.startsWith("bad") ? { failure: exitCode1 } : {}),
  });
  const { session } = openSession(backend, { logger });
  await use(session);
  await session.close({ mode: "drain" });
  await session.close();
  return logged.map(({ task }) => task);
}

describe("a failure that nobody looked at", () => {
  it("is logged once when the session closes", async () => {
    expect(await loggedAfter((session) => session.submitTasks([program("bad"), program("fine")]))).toEqual(["bad"]);
  });

  it("is logged with its error, and names session and backend", async () => {
    const lines: LogFields[] = [];
    const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void lines.push(fields) };
    const { session } = openSession({ respond: () => ({ failure: exitCode1 }) }, { logger });
    await session.submitTasks([program("bad")]);

    await session.close({ mode: "drain" });

    expect(lines).toMatchObject([
      { session: session.uid, task: "bad", backend: "recording", error: { code: "TASK_EXIT_CODE" } },
    ]);
  });

  it("is logged also when callbacks and events told of it", async () => {
    const logged = await loggedAfter(async (session) => {
      session.registerCallback(() => {});
      session.events();
      await session.submitTasks([program("bad")]);
    });

    expect(logged).toEqual(["bad"]);
  });

  it("is logged for the root cause alone when it took others down", async () => {
    const logged = await loggedAfter((session) =>
      session.submitTasks([
        program("bad"),
        program("b", { dependencies: ["bad"] }),
        program("c", { dependencies: ["b"] }),
      ]),
    );

    expect(logged).toHaveLength(1);
  });
});

describe("a failure is not logged", () => {
  it("when somebody awaits the task", async () => {
    expect(
      await loggedAfter(async (session) => {
        const [future] = await session.submitTasks([program("bad")]);
        await future.then(undefined, () => {});
      }),
    ).toEqual([]);
  });

  it("when somebody waits for it", async () => {
    expect(
      await loggedAfter(async (session) => {
        await session.submitTasks([program("bad")]);
        await session.waitTasks(["bad"]);
      }),
    ).toEqual([]);
  });

  it("when somebody reads the result", async () => {
    expect(
      await loggedAfter(async (session) => {
        const [future, done] = await session.submitTasks([program("bad"), program("fine")]);
        await done;
        expect(future.result?.state).toBe("FAILED");
      }),
    ).toEqual([]);
  });

  it("for tasks that were cancelled", async () => {
    const logged = await loggedAfter(async (session) => {
      const [first] = await session.submitTasks([program("fine", { dependencies: [] })]);
      await first.cancel();
    });

    expect(logged).toEqual([]);
  });

  it("for tasks that the close itself cancelled, and those that depend on them", async () => {
    const logged: unknown[] = [];
    const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void logged.push(fields) };
    const { session, backend } = openSession({}, { logger });
    await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);
    await backend.submission("a");

    await session.close();

    expect(logged).toEqual([]);
  });
});
