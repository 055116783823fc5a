import assert from "node:assert/strict";
import type { BackendCapabilities, FunctionKind, ResourceName, TaskKind } from "@rhapsody/core";
import { runningChildren } from "../observe/processes.ts";
import { grown, startedResources } from "../observe/resources.ts";
import { letEventsArrive } from "../observe/turns.ts";
import { CONTRACT_REVISION } from "../suite/contract-revision.ts";
import { test, type Topic } from "../suite/topic.ts";

/** The object before it is opened. */
export const contract: Topic = {
  id: "contract",
  title: "the object before it is opened",
  tests: () => [
    test("revision", "names the revision of the contract that it follows", async ({ backend }) => {
      assert.equal(backend.contract, CONTRACT_REVISION);
    }),
    test("name", "has a name that a task can route to", async ({ backend }) => {
      assert.match(
        backend.name,
        /^[A-Za-z0-9._-]{1,128}$/,
        "the name must be letters, digits, dots, dashes and underscores",
      );
    }),
    test("capabilities", "has capabilities that are well formed", async ({ backend }) => {
      checkCapabilities(backend.capabilities);
    }),
    test("inert", "starts nothing when it is built", async (trial) => {
      const before = { resources: startedResources(), children: runningChildren() };
      const { backend, hasSurroundings } = await trial.another();
      await letEventsArrive();
      const resources = grown(before.resources, startedResources());
      const children = runningChildren().difference(before.children);

      // With a cleanup of its own, createBackend starts more than the backend, and the two cannot be told apart.
      if (hasSurroundings) return;
      assert.deepEqual(resources, [], `building ${backend.name} started something`);
      assert.deepEqual([...children], [], `building ${backend.name} started processes`);
    }),
    test("cancel", "has cancel when its capabilities promise it, and only then", async (trial) => {
      const { handle } = await trial.use();

      const promised = trial.backend.capabilities.cancellation !== "none";
      assert.equal(typeof handle.cancel, promised ? "function" : "undefined");
    }),
  ],
};

const taskKinds: readonly TaskKind[] = ["executable", "function", "prompt", "embedding"];
const functionKinds: readonly FunctionKind[] = ["inline", "module", "python"];
const resourceNames: readonly ResourceName[] = ["cores", "gpus", "memoryBytes", "ranks", "nodes"];

function checkCapabilities(capabilities: BackendCapabilities): void {
  checkList("taskKinds", capabilities.taskKinds, taskKinds);
  checkList("functionKinds", capabilities.functionKinds, functionKinds);
  checkList("resources", capabilities.resources, resourceNames);
  assert.ok(capabilities.taskKinds.length > 0, "taskKinds is empty: nothing could run");
  assert.equal(
    capabilities.functionKinds.length > 0,
    capabilities.taskKinds.includes("function"),
    'functionKinds has entries exactly when taskKinds has "function"',
  );
  assert.ok(["none", "queued", "running"].includes(capabilities.cancellation), "cancellation");
  for (const [name, amount] of Object.entries(capabilities.capacity ?? {})) {
    assert.ok(typeof amount === "number" && amount >= 0, `capacity.${name} is a number of at least 0`);
  }
  assert.notEqual(capabilities.capacity?.maxInFlight, 0, "capacity.maxInFlight is 0: nothing could run");
  for (const [kind, amounts] of Object.entries(capabilities.defaultResources ?? {})) {
    assert.ok(
      [...taskKinds, ...functionKinds].some((known) => known === kind),
      `defaultResources.${kind} is no kind of work`,
    );
    checkList(`defaultResources.${kind}`, Object.keys(amounts), resourceNames);
  }
}

function checkList(name: string, given: readonly string[], known: readonly string[]): void {
  assert.deepEqual(
    given.filter((entry) => !known.includes(entry)),
    [],
    `${name} has unknown entries`,
  );
  assert.equal(new Set(given).size, given.length, `${name} names something twice`);
}
