import { describe, expect, it } from "vitest";
import { obliging, program, rejectionOf, sessionOf, submitAnything } from "../__fixtures__/open-session.ts";
import type { BackendCapabilities } from "../backend/capabilities.ts";
import type { TaskValidationError } from "../errors/task-validation-error.ts";
import { moduleFunction, pythonFunction } from "../task/function-reference.ts";

const cpu = {
  taskKinds: ["executable", "function"],
  functionKinds: ["inline", "module"],
  resources: ["cores"],
} as const;
const mpi = { taskKinds: ["executable"], functionKinds: [], resources: ["cores", "ranks", "nodes"] } as const;
const python = { taskKinds: ["function"], functionKinds: ["python"], resources: ["gpus"] } as const;
const model = { taskKinds: ["prompt"], functionKinds: [], resources: [] } as const;

function backend(name: string, capabilities: Partial<BackendCapabilities> = {}) {
  return obliging({ name, capabilities });
}

/** Where a task ends up, or the code of what is wrong with it. */
async function placeOf(description: object, backends = [cpu, mpi, python, model]): Promise<string | undefined> {
  const names = ["cpu", "mpi", "python", "model"];
  const session = sessionOf({ backends: backends.map((one, index) => backend(names[index]!, one)) });
  try {
    const [future] = await submitAnything(session, [{ uid: "a", ...description }]);
    return (await future!).backend;
  } catch (error) {
    return (error as TaskValidationError).problems[0]!.code;
  }
}

describe("a task that names no backend goes to the first that can run it", () => {
  it.each<[object, string]>([
    [{ executable: "work" }, "cpu"],
    [{ function: () => 1 }, "cpu"],
    [{ function: moduleFunction<{ f: () => 1 }>("file:///f.js", "f") }, "cpu"],
    [{ function: pythonFunction("math:sqrt") }, "python"],
    [{ prompt: "Hi" }, "model"],
    [{ executable: "work", resources: { cores: 2 } }, "cpu"],
    [{ executable: "work", resources: { ranks: 2 } }, "mpi"],
    [{ executable: "work", resources: { nodes: 2 } }, "mpi"],
    [{ executable: "work", resources: { ranks: 1, nodes: 1 } }, "cpu"],
    [{ function: pythonFunction("math:sqrt"), resources: { gpus: 1 } }, "python"],
    [{ executable: "work", resources: { gpus: 1 } }, "TASK_NO_COMPATIBLE_BACKEND"],
    [{ executable: "work", resources: { gpus: 0 } }, "cpu"],
    [{ executable: "work", resources: { memoryBytes: 1 } }, "TASK_NO_COMPATIBLE_BACKEND"],
    [{ function: () => 1, resources: { ranks: 2 } }, "TASK_NO_COMPATIBLE_BACKEND"],
  ])("%o → %s", async (description, place) => {
    expect(await placeOf(description)).toBe(place);
  });
});

describe("a backend that runs only tasks which name it", () => {
  const shy = { ...cpu, byNameOnly: true } as const;

  it("gets no others, though it comes first", async () => {
    expect(await placeOf({ executable: "work" }, [shy, mpi])).toBe("mpi");
    expect(await placeOf({ executable: "work", backend: "cpu" }, [shy, mpi])).toBe("cpu");
    expect(await placeOf({ executable: "work" }, [shy])).toBe("TASK_NO_COMPATIBLE_BACKEND");
  });
});

describe("a task that names its backend", () => {
  it.each<[string, object, string]>([
    ["mpi", { executable: "work" }, "mpi"],
    ["mpi", { function: () => 1 }, "TASK_NO_COMPATIBLE_BACKEND"],
    ["cpu", { executable: "work", resources: { ranks: 2 } }, "TASK_NO_COMPATIBLE_BACKEND"],
    ["model", { executable: "work" }, "TASK_NO_COMPATIBLE_BACKEND"],
    ["cpu", { function: pythonFunction("math:sqrt") }, "TASK_NO_COMPATIBLE_BACKEND"],
    ["mars", { executable: "work" }, "TASK_BACKEND_UNKNOWN"],
    ["CPU", { executable: "work" }, "TASK_BACKEND_UNKNOWN"],
  ])("%s, %o → %s", async (name, description, place) => {
    expect(await placeOf({ ...description, backend: name })).toBe(place);
  });

  it("is told which backends there are when there is none of that name", async () => {
    const session = sessionOf({ backends: [backend("cpu"), backend("gpu")] });

    const error = (await rejectionOf(session.submitTasks([program("a", { backend: "mars" })]))) as TaskValidationError;

    expect(error.problems[0]!.message).toBe('backend "mars" is not in this session, which has: cpu, gpu');
  });
});

describe("a task too large", () => {
  const small = { capacity: { cores: 2, gpus: 1, memoryBytes: 1000 } };
  const large = { capacity: { cores: 64, gpus: 8, memoryBytes: 1e9 } };

  it("for the first backend goes to a larger one", async () => {
    const session = sessionOf({ backends: [backend("small", small), backend("large", large)] });

    const [future] = await session.submitTasks([program("a", { resources: { cores: 3 } })]);

    expect((await future).backend).toBe("large");
  });

  it.each([
    [{ cores: 65 }, "65 cores of 64"],
    [{ cores: 13, ranks: 5 }, "65 cores of 64"],
    [{ gpus: 9 }, "9 gpus of 8"],
    [{ memoryBytes: 2e9 }, "2000000000 memoryBytes of 1000000000"],
    [{ cores: 65, gpus: 9 }, "65 cores of 64 and 9 gpus of 8"],
  ])("for all backends is refused with the reason: %o", async (resources, reason) => {
    const session = sessionOf({ backends: [backend("small", small), backend("large", large)] });

    const error = (await rejectionOf(session.submitTasks([program("a", { resources })]))) as TaskValidationError;

    expect(error.problems).toMatchObject([{ code: "TASK_NEVER_FITS" }]);
    expect(error.problems[0]!.message).toContain(reason);
  });

  it("only through the backend's own defaults is refused too", async () => {
    const defaultResources = { executable: { cores: 3 } };
    const session = sessionOf({ backends: [backend("small", { ...small, defaultResources })] });

    const error = (await rejectionOf(session.submitTasks([program("a")]))) as TaskValidationError;

    expect(error.problems).toMatchObject([{ code: "TASK_NEVER_FITS" }]);
  });

  it("that fits exactly is accepted, fractions included", async () => {
    const session = sessionOf({ backends: [backend("eleven", { capacity: { cores: 11 } })] });

    // 0.55 · 20 is 11.000000000000002 in binary floating point.
    const [future] = await session.submitTasks([program("a", { resources: { cores: 0.55, ranks: 20 } })]);

    expect((await future).state).toBe("DONE");
  });
});

it("uses a backend that was added later for later tasks", async () => {
  const session = sessionOf({ backends: [backend("cpu", cpu)] });
  await expect(session.submitTasks([{ uid: "a", prompt: "Hi" }])).rejects.toMatchObject({ code: "TASK_VALIDATION" });

  session.addBackend(backend("model", model));
  const [future] = await session.submitTasks([{ uid: "a", prompt: "Hi" }]);

  expect((await future).backend).toBe("model");
});

it("says for each backend why it cannot run the task", async () => {
  const session = sessionOf({ backends: [backend("mpi", mpi), backend("model", model)] });

  const error = (await rejectionOf(session.submitTasks([{ uid: "a", function: () => 1 }]))) as TaskValidationError;

  expect(error.problems[0]!.message).toMatch(/mpi cannot run it: .*; backend model cannot run it: /);
});
