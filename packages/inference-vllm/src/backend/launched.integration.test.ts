import { isAlive, temporaryDirectory } from "@rhapsody-internal/fixtures";
import {
  silentLogger,
  type BackendContext,
  type BackendError,
  type EngineFacts,
  type TaskSpec,
  type TaskUpdate,
} from "@rhapsody/core";
import { expect, it, onTestFinished, vi } from "vitest";
import { VllmInferenceBackend, type LaunchOptions } from "../index.ts";
import { scriptedVllm, type Script } from "../launch/__fixtures__/script.ts";

/** A backend that starts scripted servers, and what it tells. */
async function open(script: Script, options: LaunchOptions = {}) {
  const updates: TaskUpdate[] = [];
  const facts: EngineFacts[] = [];
  const lost = Promise.withResolvers<BackendError>();
  const stop = new AbortController();
  const context: BackendContext = {
    sessionUid: "s1",
    workDir: temporaryDirectory(),
    logger: silentLogger,
    epoch: 1,
    signal: stop.signal,
    environment: {},
    report: (news) => void updates.push(...news),
    capacity: () => undefined,
    observe: (news) => void facts.push(news),
    lost: (error) => lost.resolve(error),
  };
  const extraArguments = ["--script", JSON.stringify(script)];
  const backend = new VllmInferenceBackend({ model: "tiny", executable: scriptedVllm(), extraArguments, ...options });
  const opening = backend.open(context);
  onTestFinished(() =>
    opening.then(
      (handle) => handle.close(0),
      () => undefined,
    ),
  );
  return { opening, stop, updates, facts, lost: lost.promise };
}

const prompt = (uid: string): TaskSpec => ({
  uid,
  attempt: 1,
  epoch: 1,
  name: uid,
  work: { kind: "prompt", prompt: "hello", sampling: {}, stream: false },
  environment: {},
  resources: {},
  priority: 0,
  backendOptions: {},
});

/** The answer to a task, which says by what process it was given. */
async function pidOf(updates: readonly TaskUpdate[], uid: string): Promise<number> {
  return vi.waitFor(() => {
    const done = updates.find((update) => update.uid === uid && update.state === "DONE");
    if (done?.state !== "DONE") throw new Error(`${uid} is not done`);
    return Number(/pid (\d+)/.exec(String(done.response))?.[1]);
  }, 60_000);
}

it("starts servers, asks them, and ends them when it closes", async () => {
  const { opening, updates, facts } = await open({}, { replicas: 2, numGpus: 2 });
  const handle = await opening;
  await vi.waitFor(() => expect(facts.at(-1)?.workers).toBe(2), 60_000);

  await handle.submit([prompt("a")]);
  const pid = await pidOf(updates, "a");
  await handle.close(5_000);

  expect(isAlive(pid)).toBe(false);
});

it("has prompts wait while its only server starts again", async () => {
  const { opening, updates, facts } = await open({});
  const handle = await opening;
  await handle.submit([prompt("a")]);
  const first = await pidOf(updates, "a");

  process.kill(first, "SIGKILL");
  await vi.waitFor(() => expect(facts.at(-1)?.workers).toBe(0), 60_000);
  await handle.submit([prompt("b")]);

  expect(await pidOf(updates, "b")).not.toBe(first);
});

it("is lost when no server is left", async () => {
  const { opening, updates, lost } = await open({}, { maxRestarts: 0 });
  const handle = await opening;
  await handle.submit([prompt("a")]);

  process.kill(await pidOf(updates, "a"), "SIGKILL");

  expect(await lost).toMatchObject({ code: "BACKEND_LOST", backend: "vllm", retryable: true });
});

it("cannot be opened when no server becomes ready, and says why", async () => {
  const { opening } = await open({ dies: "torch.OutOfMemoryError: CUDA out of memory." });

  await expect(opening).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
});

it("gives up opening when the session does", async () => {
  const { opening, stop } = await open({ hangs: true });

  stop.abort(new Error("closed"));

  await expect(opening).rejects.toThrow("closed");
});
