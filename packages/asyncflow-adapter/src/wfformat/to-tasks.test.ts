import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sketch } from "./__fixtures__/workflows.ts";
import { toTasks } from "./to-tasks.ts";

const SAFE = /^[A-Za-z0-9._-]{1,128}$/;

describe("toTasks", () => {
  it("gives each task its uid, dependencies, cores, name and a program that takes the scaled time", () => {
    const workflow = sketch({ b: { seconds: 20, cores: 2.5, parents: ["a"] }, a: { seconds: 3 } });

    const tasks = toTasks(workflow, { timeScale: 0.01, backend: "local", uidPrefix: "run1." });

    expect(tasks).toEqual([
      {
        uid: "run1.a",
        name: "a",
        backend: "local",
        dependencies: [],
        resources: { cores: 1 },
        metadata: { wfformat: { workflow: "sketch", id: "a", runtimeSeconds: 3 } },
        executable: "sleep",
        arguments: ["0.0300"],
      },
      {
        uid: "run1.b",
        name: "b",
        backend: "local",
        dependencies: ["run1.a"],
        resources: { cores: 3 },
        metadata: { wfformat: { workflow: "sketch", id: "b", runtimeSeconds: 20 } },
        executable: "sleep",
        arguments: ["0.2000"],
      },
    ]);
  });

  it("takes the work from the user's function, which goes before all but uid and dependencies", () => {
    const workflow = sketch({ a: { seconds: 8 }, b: { parents: ["a"] } });

    const others = { uid: "other", dependencies: [] };

    const [, task] = toTasks(workflow, {
      timeScale: 0.5,
      run: ({ id }, seconds) => ({
        function: async () => id,
        resources: { cores: 0, memoryBytes: 5 },
        metadata: { seconds },
        ...others,
      }),
    });

    expect(task).toMatchObject({
      uid: "b",
      name: "b",
      dependencies: ["a"],
      resources: { cores: 0, memoryBytes: 5 },
      metadata: { seconds: 0.5 },
    });
    expect(task).not.toHaveProperty("executable");
  });

  it("limits cores", () => {
    expect(toTasks(sketch({ a: { cores: 24 } }), { maxCores: 2 })).toMatchObject([{ resources: { cores: 2 } }]);
  });

  it("gives those that the end waits for longest the highest priority, when asked", () => {
    const workflow = sketch({ short: { seconds: 1 }, long: { seconds: 9 }, end: { seconds: 2, parents: ["long"] } });

    expect(toTasks(workflow, { criticalFirst: true }).map(({ uid, priority }) => [uid, priority])).toEqual([
      ["short", 1],
      ["long", 11],
      ["end", 2],
    ]);
  });

  it("makes uids that a session takes, whatever the ids are, each unique", () => {
    const ids = fc.uniqueArray(
      fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("a#1", "a_1", "a/1", ".", "..", "x".repeat(200))),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(ids, (all) => {
        const workflow = sketch(Object.fromEntries(all.map((id, index) => [id, { parents: all.slice(0, index) }])));

        const tasks = toTasks(workflow);

        const uids = new Set(tasks.map(({ uid }) => uid));
        expect(uids.size).toBe(all.length);
        for (const { uid = "", dependencies = [] } of tasks) {
          expect(uid).toMatch(SAFE);
          expect([".", ".."]).not.toContain(uid);
          for (const dependency of dependencies) expect(uids).toContain(dependency);
        }
      }),
    );
  });

  it.each([{ timeScale: 0 }, { timeScale: -1 }, { maxCores: 0 }])("refuses %o", (options) => {
    expect(() => toTasks(sketch({ a: {} }), options)).toThrow(RangeError);
  });
});
