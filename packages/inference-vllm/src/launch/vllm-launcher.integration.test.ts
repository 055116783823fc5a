import { execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { isAlive, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it, onTestFinished, vi } from "vitest";
import type { ReplicaAddress } from "../fleet/call.ts";
import { type Heard, Hearing } from "./__fixtures__/heard.ts";
import { type Script, scriptedVllm } from "./__fixtures__/script.ts";
import { type LaunchOptions, parseLaunchOptions } from "./launch-options.ts";
import { whyNotFree } from "./ports.ts";
import { VllmLauncher } from "./vllm-launcher.ts";

interface Facts {
  readonly pids: readonly number[];
  readonly arguments: readonly string[];
  readonly devices?: string;
  readonly mark?: string;
  readonly scratch: string;
  readonly asked: number;
}

const run = promisify(execFile);
const never = new AbortController().signal;
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** A launcher of scripted servers, closed after the test. */
function launch(script: Script, options: LaunchOptions = {}) {
  const directory = join(temporaryDirectory(), "logs");
  const extraArguments = ["--script", JSON.stringify(script)];
  const all = { model: "tiny", executable: scriptedVllm(), extraArguments, ...options };
  const launcher = new VllmLauncher(parseLaunchOptions("test", all), { backend: "b", directory });
  onTestFinished(() => launcher.close(0));
  return { launcher, hearing: new Hearing(), directory };
}

async function factsOf({ url, apiKey }: ReplicaAddress): Promise<Facts> {
  const response = await fetch(`${url}/models`, { headers: { authorization: `Bearer ${apiKey}` } });
  return ((await response.json()) as { facts: Facts }).facts;
}

const startedPids = (file: string): readonly number[] => readFileSync(file, "utf8").trim().split("\n").map(Number);

it("starts a server that asks for a key of its own, and leaves nothing of it when it is closed", async () => {
  const { launcher, hearing, directory } = launch({});

  await launcher.start(hearing, never);
  const { replica } = await hearing.until("ready");
  const facts = await factsOf(replica);
  const refused = await fetch(`${replica.url}/models`);
  await launcher.close(5_000);
  await launcher.close(5_000);

  expect(replica).toMatchObject({ name: "replica-0", url: matching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/) });
  expect(refused.status).toBe(401);
  const steps = hearing.of("progress").map(({ text }) => text);
  expect(steps[0]).toContain(`its log is ${join(directory, "replica-0.log")}`);
  expect(steps).toContain("replica-0: starting the HTTP server");
  expect(facts.arguments.join(" ")).not.toContain(replica.apiKey);
  expect(readFileSync(join(directory, "replica-0.log"), "utf8")).toContain("Resolved architecture");
  expect(facts.pids.filter((pid) => isAlive(pid))).toEqual([]);
  expect(existsSync(facts.scratch)).toBe(false);
  expect([...hearing.of("down"), ...hearing.of("lost")]).toEqual([]);
});

it("starts a server again that is killed, and ends what outlived it", async () => {
  const { launcher, hearing } = launch({});
  await launcher.start(hearing, never);
  const first = await factsOf((await hearing.until("ready")).replica);

  process.kill(first.pids[0]!, "SIGKILL");
  const { name, why } = await hearing.until("down");
  const { replica } = await hearing.until("ready", 2);
  const second = await factsOf(replica);

  expect([name, why]).toEqual([
    "replica-0",
    matching(/^vLLM \(replica-0\), started \d+ s ago, was killed by SIGKILL.* its log .*replica-0\.log /s),
  ]);
  expect(first.pids.filter((pid) => isAlive(pid))).toEqual([]);
  expect(second.pids.filter((pid) => isAlive(pid))).toHaveLength(2);
});

it("lets this process end as soon as its servers have", async () => {
  const { launcher, hearing } = launch({});
  await launcher.start(hearing, never);
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();

  await launcher.close(600_000);

  expect(timers()).toBeLessThanOrEqual(before);
});

it("gives up when a server dies again and again", async () => {
  const starts = join(temporaryDirectory(), "starts");
  const { launcher, hearing } = launch(
    { starts, dies: "torch.OutOfMemoryError: CUDA out of memory.", diesFrom: 2 },
    { maxRestarts: 1 },
  );
  await launcher.start(hearing, never);
  const { replica } = await hearing.until("ready");

  process.kill((await factsOf(replica)).pids[0]!, "SIGKILL");
  const { error } = await hearing.until("lost");

  expect(error).toMatchObject({
    code: "BACKEND_LOST",
    message: matching(/no server is left, after 1 restarts in a row.*it ran out of memory; lower max-model-len/s),
  });
  expect(startedPids(starts)).toHaveLength(2);
});

it("says why no server could be started, and leaves nothing", async () => {
  const starts = join(temporaryDirectory(), "starts");
  const dies = `${"x".repeat(5_000)}\nRuntimeError: the reason\nRuntimeError: Engine core initialization failed. See root cause above.`;
  const { launcher, hearing } = launch({ dies, starts }, { replicas: 2 });

  const failure = launcher.start(hearing, never);

  await expect(failure).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: matching(
      /^\[b\] vLLM \(replica-[01]\), started \d+ s ago, ended with exit code 1: RuntimeError: the reason; its log .*See root cause above\.$/s,
    ),
  });
  await expect(failure).rejects.toSatisfy(({ message }: Error) => message.length < 3_000);
  expect(startedPids(starts).filter((pid) => isAlive(pid))).toEqual([]);
  expect(hearing.of("ready")).toEqual([]);
});

it("goes on with the servers that could be started", async () => {
  const { launcher, hearing } = launch({ dies: "ValueError: no", onlyOn: "1" }, { numGpus: 2 });

  await launcher.start(hearing, never);
  await vi.waitFor(
    () => expect(hearing.of("progress").at(-1)?.text).toMatch(/replica-1\), .*ended.*ValueError: no/s),
    60_000,
  );

  expect(hearing.of("ready").map(({ replica }) => replica.name)).toEqual(["replica-0"]);
});

it("gives up a server that does not become ready in time", async () => {
  const starts = join(temporaryDirectory(), "starts");
  const executable = join(temporaryDirectory(), "vllm");
  // A shell has begun long before that, a Node.js may not have.
  writeFileSync(executable, `#!/bin/sh\necho $$ >"${starts}"\ntrap '' TERM\nexec sleep 600\n`, { mode: 0o755 });
  const { launcher, hearing } = launch({}, { executable, startTimeoutMs: 2_000 });

  await expect(launcher.start(hearing, never)).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: matching(/is not ready \(startTimeoutMs is 2000 ms: raise it/),
  });

  expect(startedPids(starts).filter((pid) => isAlive(pid))).toEqual([]);
});

it("stops starting when it is told to", async () => {
  const starts = join(temporaryDirectory(), "starts");
  const { launcher, hearing } = launch({ hangs: true, starts });
  const controller = new AbortController();

  const start = launcher.start(hearing, controller.signal);
  // That it starts, and what it prints.
  await hearing.until("progress", 2);
  controller.abort(new Error("enough"));

  await expect(start).rejects.toThrow("enough");
  expect(startedPids(starts).filter((pid) => isAlive(pid))).toEqual([]);
});

it.each([
  ["answers nothing", true],
  ["makes no vectors, for which it is", "embeddings"],
] as const)("starts a server again that is healthy and %s", async (_, freezes) => {
  const { launcher, hearing } = launch({ freezes }, { hangTimeoutMs: 1_000 });

  await launcher.start(hearing, never);
  const { pids } = await factsOf((await hearing.until("ready")).replica);
  const { why } = await hearing.until("down");
  await hearing.until("ready", 2);

  expect(why).toMatch(/made no progress for 1 s, and gave no answer for as long/);
  expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
});

it("leaves a server alone that has nothing to do", async () => {
  const { launcher, hearing } = launch({}, { hangTimeoutMs: 1_000 });

  await launcher.start(hearing, never);
  const { replica } = await hearing.until("ready");
  await vi.waitFor(async () => expect((await factsOf(replica)).asked).toBeGreaterThan(1), 60_000);

  expect(hearing.of("down")).toEqual([]);
});

it("kills a server that does not end in time", async () => {
  const { launcher, hearing } = launch({ stubborn: true });
  await launcher.start(hearing, never);
  const { pids } = await factsOf((await hearing.until("ready")).replica);

  await launcher.close(100);

  expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
});

it("gives each server its GPUs and its port", async () => {
  const [port = 0] = await freeNeighbours();
  const { launcher, hearing } = launch({}, { numGpus: 4, tpSize: 2, gpuOffset: 1, port });
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b,GPU-c,GPU-d,GPU-e");

  await launcher.start(hearing, never);
  await hearing.until("ready", 2);
  const ready = hearing.of("ready").map(({ replica }) => replica);
  const facts = await Promise.all(ready.map(factsOf));

  const seen = Object.fromEntries(ready.map(({ name, url }, index) => [name, [url, facts[index]?.devices]]));
  expect(seen).toEqual({
    "replica-0": [`http://127.0.0.1:${port}/v1`, "GPU-b,GPU-c"],
    "replica-1": [`http://127.0.0.1:${port + 1}/v1`, "GPU-d,GPU-e"],
  });
  expect(facts[0]?.arguments.join(" ")).toContain("--tensor-parallel-size 2");
});

it("puts servers on nodes by a command before theirs", async () => {
  const planned: unknown[] = [];
  const { launcher, hearing } = launch(
    {},
    {
      numNodes: 2,
      offset: 3,
      launch: (server) => {
        planned.push(server);
        return { command: ["env", `MARK=node-${server.node}`], host: "127.0.0.1" };
      },
    },
  );

  await launcher.start(hearing, never);
  await hearing.until("ready", 2);
  const marks = await Promise.all(hearing.of("ready").map(async ({ replica }) => (await factsOf(replica)).mark));

  expect(new Set(marks)).toEqual(new Set(["node-3", "node-4"]));
  expect(planned).toMatchObject([
    { name: "replica-0", node: 3 },
    { name: "replica-1", node: 4 },
  ]);
});

it.each<readonly [string, LaunchOptions, RegExp]>([
  ["the program is not there", { executable: "/nowhere/vllm" }, /\/nowhere\/vllm \(option executable\) is not there/],
  [
    "its Python has no vLLM",
    { executable: undefined, python: "/usr/bin/env" },
    /no program vllm beside \/usr\/bin\/env .*-m pip install vllm/,
  ],
  ["the model is not there", { model: "./no-such-model" }, /there is no model at \.\/no-such-model/],
])("starts nothing when %s", async (_title, options, message) => {
  const { launcher, hearing } = launch({}, options);

  await expect(launcher.start(hearing, never)).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: matching(message),
  });
});

it("says that there are fewer GPUs", async () => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "4");
  const { launcher, hearing } = launch({}, { numGpus: 2 });

  await expect(launcher.start(hearing, never)).rejects.toThrow(/GPU 1, and CUDA_VISIBLE_DEVICES leaves it 1 \(4\)/);
});

it("says that a port is in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { launcher, hearing } = launch({}, { port });

  await expect(launcher.start(hearing, never)).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
});

/** What another vLLM would answer, with a key of its own, at the port that a server was told to use. */
async function answerAtPortOf(hearing: Hearing): Promise<void> {
  const { text } = await hearing.until("progress");
  const other = createHttpServer(({ url }, response) => void response.writeHead(url === "/health" ? 200 : 401).end());
  onTestFinished(() => void other.close());
  await once(other.listen(Number(/on port (\d+)/.exec(text)?.[1]), "127.0.0.1"), "listening");
}

it("says that another server has taken the port meanwhile", async () => {
  const [port = 0] = await freeNeighbours();
  const { launcher, hearing } = launch({ hangs: true }, { port });
  const start = launcher.start(hearing, never);
  start.catch(() => undefined);

  await answerAtPortOf(hearing);

  await expect(start).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: matching(/does not get its port: another server answers at http:\/\/127\.0\.0\.1:\d+\/v1/),
  });
});

it("takes another port when another server has taken the free one meanwhile", async () => {
  const { launcher, hearing } = launch({ hangs: true });
  const start = launcher.start(hearing, never);
  start.catch(() => undefined);

  await answerAtPortOf(hearing);

  await vi.waitFor(
    () => expect(hearing.of("progress").filter(({ text }) => text.includes("starts on port"))).toHaveLength(2),
    60_000,
  );
});

it("says that an address is none of this machine", async () => {
  const { launcher, hearing } = launch({}, { host: "192.0.2.1" });

  await expect(launcher.start(hearing, never)).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: matching(/192\.0\.2\.1.*\(EADDRNOTAVAIL\).*option host/),
  });
});

it.each([
  ["", 0],
  [", nor when its watchdog was before, and the next", 2],
])("leaves nothing when this process is killed%s", async (_, watchdogs) => {
  const directory = temporaryDirectory();
  const options = { model: "tiny", executable: scriptedVllm(), extraArguments: ["--script", '{"stubborn":true}'] };
  const host = spawn(
    process.execPath,
    [join(import.meta.dirname, "__fixtures__/launch-host.ts"), JSON.stringify(options), directory],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  onTestFinished(() => void host.kill("SIGKILL"));
  let facts: Facts | undefined;
  for await (const line of createInterface(host.stdout)) {
    const heard = JSON.parse(line) as Heard;
    if (heard.what !== "ready") continue;
    facts = await factsOf(heard.replica);
    break;
  }
  let watchdog = await watchdogOf(facts!.scratch);
  for (let count = 0; count < watchdogs; count += 1) {
    process.kill(watchdog, "SIGKILL");
    watchdog = await watchdogOf(facts!.scratch, watchdog);
  }
  expect(facts?.pids.filter((pid) => isAlive(pid))).toHaveLength(2);

  host.kill("SIGKILL");

  await vi.waitFor(() => expect(facts?.pids.filter((pid) => isAlive(pid))).toEqual([]), {
    timeout: 60_000,
    interval: 20,
  });
  await vi.waitFor(() => expect(existsSync(facts!.scratch)).toBe(false), { timeout: 60_000, interval: 20 });
});

it("reads the model and more from a configuration file", async () => {
  const configFile = join(temporaryDirectory(), "serve.yaml");
  const [port = 0] = await freeNeighbours();
  writeFileSync(configFile, `model: from-file\nport: ${port}\nmax_model_len: 128\n`);
  const { launcher, hearing } = launch({}, { model: undefined, configFile });

  await launcher.start(hearing, never);
  const { replica } = await hearing.until("ready");

  expect(replica.url).toBe(`http://127.0.0.1:${port}/v1`);
  expect((await factsOf(replica)).arguments.slice(0, 3)).toEqual(["serve", "--config", configFile]);
});

/** The process that waits for the end of a server's host, once it is another one. */
async function watchdogOf(scratch: string, before?: number): Promise<number> {
  return vi.waitFor(async () => {
    const { stdout } = await run("pgrep", ["-f", `rhapsody-watchdog [0-9]+ ${scratch}`]);
    const pid = Number(stdout);
    if (!(pid > 0) || pid === before) throw new Error(`no other watchdog than ${stdout}`);
    return pid;
  }, 60_000);
}

/** Two ports, one after the other, that are free: below those that the system gives to connections, of which one may come between. */
async function freeNeighbours(): Promise<readonly number[]> {
  const port = randomInt(20_000, 32_000);
  const ports = [port, port + 1];
  const taken = await Promise.all(ports.map((each) => whyNotFree(each, "127.0.0.1")));
  return taken.every((code) => code === undefined) ? ports : freeNeighbours();
}
