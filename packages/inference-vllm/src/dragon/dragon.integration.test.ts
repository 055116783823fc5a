import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { enginePython } from "@rhapsody-internal/engines";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { VllmInferenceBackend } from "../index.ts";
import { chat, openScriptedDragon } from "./__fixtures__/open-scripted-dragon.ts";

// Dragon starts in 3 s on a machine that has nothing else to do, in 25 s on a busy one.
const LIMIT_MS = 240_000;

/** Processes that have the mark in their environment. */
function processesWith(mark: string): readonly string[] {
  return globSync("/proc/[0-9]*/environ").filter((path) => {
    try {
      return readFileSync(path, "latin1").includes(mark);
    } catch {
      // Gone, or somebody else's.
      return false;
    }
  });
}

/** Dragon's shared memory that processes with the mark have; other runtimes on this machine have their own. */
function sharedMemoryOf(mark: string): readonly string[] {
  const found = processesWith(mark).flatMap((path) => {
    try {
      return readFileSync(path.replace(/environ$/, "maps"), "latin1").match(/\/dev\/shm\/DD\w+/g) ?? [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

describe("Dragon mode, on a real Dragon runtime", () => {
  it(
    "says everything that the inference service lacks here, and leaves nothing",
    async () => {
      const mark = `RHAPSODY_TEST_MARK=${process.pid}-lacks`;
      const backend = new VllmInferenceBackend({
        dragon: true,
        model: "org/model",
        python: await enginePython("dragon"),
        environment: { RHAPSODY_TEST_MARK: `${process.pid}-lacks` },
      });

      const refusal: unknown = await backend.initialize().catch((error: unknown) => error);

      expect(refusal).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "vllm" });
      const { message } = refusal as Error;
      expect(message).toMatch(/python\S* has no vLLM: install it with: .* -m pip install "dragonhpc\[ai\]/);
      expect(message).toContain("Dragon finds no GPU on");
      expect(processesWith(mark)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    "gives prompts their own answers, drops those of aborted ones, and ends with all that it started",
    async () => {
      const mark = `${process.pid}-ends`;
      const { fleet, close } = await openScriptedDragon({ RHAPSODY_TEST_MARK: mark });
      onTestFinished(() => close(0));
      const shared = sharedMemoryOf(`RHAPSODY_TEST_MARK=${mark}`);
      const stop = new AbortController();

      const replies = await Promise.all(["a", "b", "c", "d"].map((text) => fleet.send(chat(text))));
      const aborted = fleet.send(chat("never"), {
        signal: stop.signal,
        onStart: () => stop.abort(new Error("enough")),
      });
      await expect(aborted).rejects.toThrow("enough");
      const more = await Promise.all(["e", "f", "g", "h"].map((text) => fleet.send(chat(text))));
      await close(1_000);

      const answers = [...replies, ...more].map(({ body }) => body["choices"]);
      expect(answers).toEqual(
        ["A", "B", "C", "D", "E", "F", "G", "H"].map((content): unknown => [
          { index: 0, message: { role: "assistant", content }, finish_reason: null },
        ]),
      );
      expect(replies[0]?.replica).toBe("here/1");
      expect(shared).not.toEqual([]);
      expect(shared.filter((path) => existsSync(path))).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    "tells when the service ends by itself",
    async () => {
      const mark = `${process.pid}-lost`;
      const { fleet, close, lost } = await openScriptedDragon({ RHAPSODY_TEST_MARK: mark });
      onTestFinished(() => close(0));
      const shared = sharedMemoryOf(`RHAPSODY_TEST_MARK=${mark}`);

      await Promise.all(["a", "b", "c", "d"].map((text) => fleet.send(chat(text))));
      const asked = fleet.send(chat("die"));

      await expect(asked).rejects.toMatchObject({ code: "INFERENCE_INTERRUPTED" });
      expect(await lost).toMatchObject({
        code: "BACKEND_LOST",
        message: expect.stringContaining("the scripted service ended") as string,
      });
      await close(0);
      expect(shared).not.toEqual([]);
      expect(shared.filter((path) => existsSync(path))).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    "leaves no process and no shared memory when its host is killed",
    async () => {
      const mark = `RHAPSODY_TEST_MARK=${process.pid}-killed`;
      const program = fileURLToPath(new URL("__fixtures__/held-dragon.ts", import.meta.url));
      const env = { ...process.env, RHAPSODY_TEST_MARK: `${process.pid}-killed` };
      const host = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
      await Promise.race([once(host.stdout, "data"), once(host, "exit")]);
      expect(processesWith(mark).length).toBeGreaterThan(3);
      const shared = sharedMemoryOf(mark);
      expect(shared).not.toEqual([]);

      host.kill("SIGKILL");

      await vi.waitFor(() => expect(processesWith(mark)).toEqual([]), { timeout: 100_000, interval: 100 });
      expect(shared.filter((path) => existsSync(path))).toEqual([]);
    },
    LIMIT_MS,
  );
});
