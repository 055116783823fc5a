import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { enginePython } from "@rhapsody-internal/engines";
import { isAlive, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it } from "vitest";
import { untilFile } from "../__fixtures__/files.ts";
import { functionWork, openBackend, shell } from "../__fixtures__/open-backend.ts";

const interpreter = await enginePython("python-tools");

it("calls Python functions, in processes that are kept", async () => {
  const backend = await openBackend({ python: interpreter });

  const sum = await backend.run(python("operator:add", 20, 22));
  const first = await backend.run(python("os:getpid"));
  const second = await backend.run(python("os:getpid"));

  expect(sum).toMatchObject({ state: "DONE", returnValue: 42, stdout: "", stderr: "" });
  expect(second).toMatchObject({ returnValue: first.returnValue });
});

it("sets the variables of the task over those of the session, and its directory, for the call alone", async () => {
  const backend = await openBackend({ python: interpreter }, { OF_SESSION: "1", OF_BOTH: "session" });
  const directory = temporaryDirectory();
  const variables = async (name: string, environment = {}): Promise<unknown> =>
    (await backend.run(python("os:getenv", name), { environment })).returnValue;

  expect(await variables("OF_SESSION")).toBe("1");
  expect(await variables("OF_BOTH", { OF_BOTH: "task" })).toBe("task");
  expect(await variables("OF_BOTH")).toBe("session");
  const made = join(directory, "made");
  const backendOptions = { concurrent: { createWorkingDirectory: true } };
  const end = await backend.run(python("os:getcwd"), { workingDirectory: made, backendOptions });
  expect(end.returnValue).toBe(made);
  expect((await backend.run(python("os:getcwd"))).returnValue).toBe(process.cwd());
});

it("takes everything that is printed, also by programs that a function starts", async () => {
  const backend = await openBackend({ python: interpreter });

  const memory = await backend.run(python("os:system", "echo out; echo error >&2"));
  const file = await backend.run({ ...python("builtins:print", "ü"), capture: "file" });

  expect(memory).toMatchObject({ stdout: "out\n", stderr: "error\n" });
  expect(readFileSync(file.stdout ?? "", "utf8")).toBe("ü\n");
});

it("shows a function the GPUs that it was given, and tells them and its core in the result", async () => {
  const backend = await openBackend({ python: interpreter, resources: { cores: 2, gpus: 2 } });

  const end = await backend.run(python("os:getenv", "CUDA_VISIBLE_DEVICES"), { resources: { cores: 1, gpus: 1 } });

  expect(end).toMatchObject({ returnValue: "0", resources: { gpus: ["0"], cores: [expect.any(Number)] } });
  expect(end.resources?.cpuTimeMs).toBeGreaterThan(0);
});

it("kills a cancelled function with all that it started", async () => {
  const backend = await openBackend({ python: interpreter });
  const file = join(temporaryDirectory(), "pid");
  const spec = await backend.submit(
    python("os:system", `setsid sleep 600 & echo $! > ${file}.part; mv ${file}.part ${file}; wait`),
  );
  await untilFile(file);

  expect(await backend.cancel(spec)).toEqual(["cancelled"]);

  expect(isAlive(Number(readFileSync(file, "utf8")))).toBe(false);
  expect(await backend.run(python("operator:add", 1, 1))).toMatchObject({ state: "DONE" });
});

it("fails Python functions alone when there is no Python, and says how to name one", async () => {
  const backend = await openBackend({ python: "/no/such/python" });

  const [program, ...functions] = await Promise.all([
    backend.run(shell("echo runs")),
    backend.run(python("operator:add", 1, 1)),
    backend.run(python("operator:add", 1, 1)),
  ]);

  expect(program).toMatchObject({ state: "DONE" });
  for (const end of functions) {
    expect(end).toMatchObject({ state: "FAILED", failure: { code: "BACKEND_UNAVAILABLE" } });
    expect(end.state === "FAILED" && end.failure.message).toContain("RHAPSODY_PYTHON");
  }
});

it("answers for functions that wait for Python when they are cancelled or the backend closes", async () => {
  const backend = await openBackend({ python: interpreter });
  const spec = await backend.submit(python("time:sleep", 600));
  const other = await backend.submit(python("time:sleep", 600));

  expect(await backend.cancel(spec)).toEqual(["cancelled"]);
  await backend.handle.close(0);

  expect(
    [spec, other].flatMap((each) => backend.of(each)).some(({ state }) => state === "DONE" || state === "FAILED"),
  ).toBe(false);
});

it("fails what ran when Python's process dies, and starts it again for the next function", async () => {
  const backend = await openBackend({ python: interpreter });
  const directory = temporaryDirectory();
  const script = join(directory, "kill.py");
  await writeFile(script, ANCESTOR);

  const end = await backend.run(python("runpy:run_path", script));

  expect(end).toMatchObject({ state: "FAILED", failure: { code: "TASK_WORKER_DIED" } });
  expect(await backend.run(python("operator:add", 1, 1))).toMatchObject({ state: "DONE", returnValue: 2 });
});

it("starts no Python for a backend that has no Python function", async () => {
  const backend = await openBackend({ python: interpreter });
  await backend.run(shell("true"));

  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);

  expect(children.filter((pid) => existsSync(`/proc/${pid}`) && commandOf(pid).includes("rhapsody_bridge"))).toEqual(
    [],
  );
});

/** Kills the grandparent of a worker: its supervisor's parent, which is the sidecar. */
const ANCESTOR = `import os, signal, time
stat = open(f"/proc/{os.getppid()}/stat").read()
os.kill(int(stat.rsplit(")", 1)[1].split()[1]), signal.SIGKILL)
time.sleep(600)
`;

function python(reference: string, ...args: readonly unknown[]): ReturnType<typeof functionWork> {
  const [module = "", name = ""] = reference.split(":");
  return functionWork({ kind: "python", module, name }, args);
}

function commandOf(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, "latin1");
}
