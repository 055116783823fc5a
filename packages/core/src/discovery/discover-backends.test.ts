import { describe, expect, it, onTestFinished, vi } from "vitest";
import { turn } from "../__fixtures__/open-session.ts";
import { backendPackage, installPackages } from "../__fixtures__/temporary-packages.ts";
import { discoverBackends } from "./discover-backends.ts";
import { getBackend } from "./get-backend.ts";

const createBackend = "export const createBackend = () => ({ name: 'tiny' });";
const probing = (probe: string): string => `${createBackend}\nexport const probeBackend = async () => { ${probe} };`;

describe("discoverBackends", () => {
  it("always finds the backend that comes with the package", async () => {
    expect(await discoverBackends()).toMatchObject({ noop: true });
    expect(await discoverBackends({ explain: true })).toMatchObject({
      noop: { available: true, package: "@rhapsody/core" },
    });
  });

  it("says of each installed backend whether it could open here, by the name that getBackend takes", async () => {
    await installPackages({
      "@rhapsody/backend-tiny-one": backendPackage("@rhapsody/backend-tiny-one", createBackend),
      "@rhapsody/inference-tinyllm": backendPackage(
        "@rhapsody/inference-tinyllm",
        probing("return { available: true };"),
      ),
      "@acme/rhapsody-backend-x": backendPackage("@acme/rhapsody-backend-x", probing("return { available: false };")),
      "rhapsody-backend-y": backendPackage("rhapsody-backend-y", createBackend),
      "@rhapsody/backend-conformance": backendPackage("@rhapsody/backend-conformance", ""),
      "@rhapsody/journal": backendPackage("@rhapsody/journal", ""),
      "@acme/backend-z": backendPackage("@acme/backend-z", createBackend),
    });

    const found = await discoverBackends();

    expect(found).toMatchObject({
      tiny_one: true,
      tinyllm: true,
      "@acme/rhapsody-backend-x": false,
      "rhapsody-backend-y": true,
    });
    for (const none of ["conformance", "journal", "@acme/backend-z"]) expect(found).not.toHaveProperty([none]);
    for (const name of ["tiny_one", "tinyllm", "rhapsody-backend-y", "@acme/rhapsody-backend-x"]) {
      expect(await getBackend(name)).toMatchObject({ name: "tiny" });
    }
  });

  it("says why not, and what to do about it", async () => {
    const probe = `return { available: false, reason: "no module named engine", fix: "pip install engine" };`;
    await installPackages({ "@rhapsody/backend-tiny": backendPackage("@rhapsody/backend-tiny", probing(probe)) });

    expect((await discoverBackends({ explain: true }))["tiny"]).toEqual({
      package: "@rhapsody/backend-tiny",
      available: false,
      reason: "no module named engine",
      fix: "pip install engine",
    });
  });

  it.each([
    ["cannot be loaded", `throw new Error("broken inside");`, "broken inside"],
    ["exports no backend", "export const other = 1;", "createBackend"],
    ["throws when it is asked", probing(`throw new Error("no idea");`), "no idea"],
    ["throws no error when it is asked", probing("throw Object.create(null);"), "no text"],
    ["does not parse", "export const createBackend = ;", "Unexpected token"],
  ])("is not disturbed by a package that %s", async (_, source, reason) => {
    await installPackages({
      "@rhapsody/backend-bad": backendPackage("@rhapsody/backend-bad", source),
      "@rhapsody/backend-good": backendPackage("@rhapsody/backend-good", createBackend),
    });

    const found = await discoverBackends({ explain: true });

    expect(found["good"]?.available).toBe(true);
    expect(found["bad"]).toMatchObject({
      available: false,
      reason: expect.stringContaining(reason) as string,
      fix: "reinstall it: npm install @rhapsody/backend-bad",
    });
  });

  it.each([
    ["when it is asked", probing("await new Promise(() => {});")],
    ["while it is loaded", `${createBackend}\nawait new Promise(() => {});`],
  ])("waits no longer than it should for a package that hangs %s", async (_, source) => {
    await installPackages({
      "@rhapsody/backend-slow": backendPackage("@rhapsody/backend-slow", source),
      "@rhapsody/backend-good": backendPackage("@rhapsody/backend-good", createBackend),
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());

    const found = discoverBackends({ explain: true, timeoutMs: 1_000 });
    while (vi.getTimerCount() === 0) await turn();
    // The good one answers first.
    while (vi.getTimerCount() > 1) await turn();
    vi.advanceTimersByTime(1_000);

    expect((await found)["good"]?.available).toBe(true);
    expect((await found)["slow"]).toEqual({
      package: "@rhapsody/backend-slow",
      available: false,
      reason: "did not say within 1000 ms whether it could open",
      fix: "look why its engine does not answer, or give it a longer timeoutMs",
    });
  });

  it("finds nothing more where nothing is installed", async () => {
    await installPackages({});

    expect(await discoverBackends()).toMatchObject({ noop: true });
  });
});
