import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { rejectionOf } from "../__fixtures__/open-session.ts";
import { backendPackage, installPackages } from "../__fixtures__/temporary-packages.ts";
import { NoopExecutionBackend } from "../backend/noop-execution-backend.ts";
import { getBackend } from "./get-backend.ts";

const tiny = (name: string): string => `
  export const createBackend = (options = {}) => ({ contract: "backend/1", name: ${JSON.stringify(name)}, options });
`;

describe("getBackend", () => {
  it("builds the backend that comes with the package", async () => {
    const backend = await getBackend("noop", { name: "dry" });

    expect(backend).toBeInstanceOf(NoopExecutionBackend);
    expect(backend.name).toBe("dry");
  });

  it.each([
    ["tiny", "@rhapsody/backend-tiny"],
    ["tiny_one", "@rhapsody/backend-tiny-one"],
    ["tiny-one", "@rhapsody/backend-tiny-one"],
    ["tinyllm", "@rhapsody/inference-tinyllm"],
    ["rhapsody-backend-tiny", "rhapsody-backend-tiny"],
    ["@acme/rhapsody-backend-tiny", "@acme/rhapsody-backend-tiny"],
    ["@acme/engine", "@acme/engine"],
  ])("takes %s for %s", async (name, from) => {
    await installPackages({ [from]: backendPackage(from, tiny(from)) });

    expect(await getBackend(name)).toMatchObject({ name: from, options: {} });
  });

  it("passes its options on", async () => {
    await installPackages({ "@rhapsody/backend-tiny": backendPackage("@rhapsody/backend-tiny", tiny("tiny")) });

    expect(await getBackend("tiny", { cores: 3 })).toMatchObject({ options: { cores: 3 } });
  });

  it.each([
    ["a map of subpaths", { ".": "./index.js" }],
    ["the condition `default`", { ".": { types: "./index.d.ts", default: "./index.js" } }],
    ["nested conditions", { node: { import: { default: "./index.js" } } }],
    ["a list to choose from", { ".": [{ browser: "./browser.js" }, "./index.js"] }],
  ])("finds a package that exports by %s", async (_, exports) => {
    await installPackages({ "@acme/engine": backendPackage("@acme/engine", tiny("engine"), exports) });

    expect(await getBackend("@acme/engine")).toMatchObject({ name: "engine" });
  });

  it("finds a package that exports to `import` alone, outside of a test runner as well", async () => {
    const exports = { ".": { types: "./index.d.ts", import: "./index.js" }, "./sub": { import: "./sub.js" } };
    const cwd = await installPackages({
      "@acme/engine": { ...backendPackage("@acme/engine", tiny("engine"), exports), "sub.js": tiny("sub") },
    });
    const script = `
      import { getBackend } from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)};
      console.log((await getBackend("@acme/engine")).name, (await getBackend("@acme/engine/sub")).name);
    `;

    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { cwd });

    expect(stdout).toBe("engine sub\n");
  });

  it("takes the URL of a file", async () => {
    const directory = await installPackages({ anything: { "backend.js": tiny("from a file") } });

    expect(await getBackend(`file://${directory}/node_modules/anything/backend.js`)).toMatchObject({
      name: "from a file",
    });
  });

  it.each(["nowhere", "@acme/nowhere", "zlib", "node:fs", "", "../up", "__proto__"])(
    "says what to install when there is no %j",
    async (name) => {
      await installPackages({});

      expect(await rejectionOf(getBackend(name))).toMatchObject({
        name: "BackendError",
        code: "BACKEND_NOT_FOUND",
        message: expect.stringContaining("npm install") as string,
      });
    },
  );

  it.each([
    ["no such function", "export const backend = 1;"],
    ["something else by its name", "export const createBackend = 1;"],
    ["nothing", ""],
  ])("refuses a package that exports %s", async (_, source) => {
    await installPackages({ "@rhapsody/backend-bad": backendPackage("@rhapsody/backend-bad", source) });

    expect(await rejectionOf(getBackend("bad"))).toMatchObject({ code: "BACKEND_CONTRACT", backend: "bad" });
  });

  it("throws what loading the package throws", async () => {
    const source = `throw new TypeError("broken inside");`;
    await installPackages({ "@rhapsody/backend-bad": backendPackage("@rhapsody/backend-bad", source) });

    expect(await rejectionOf(getBackend("bad"))).toMatchObject({ message: "broken inside" });
  });

  it("throws what building the backend throws", async () => {
    const source = `export const createBackend = () => { throw new RangeError("cores: 0"); };`;
    await installPackages({ "@rhapsody/backend-bad": backendPackage("@rhapsody/backend-bad", source) });

    expect(await rejectionOf(getBackend("bad"))).toBeInstanceOf(RangeError);
  });
});
