import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { helperFile } from "./helper-file.ts";
import { encodeFrame, FrameReader } from "./protocol/frame.ts";

const packageDirectory = fileURLToPath(new URL("../..", import.meta.url));
const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describe("helperFile", () => {
  let output: string;

  beforeAll(async () => {
    // Below the package, where the bundle finds what the package has installed.
    output = mkdtempSync(join(packageDirectory, "node_modules", ".built-"));
    await build({
      config: join(packageDirectory, "tsup.config.ts"),
      entry: { index: source("launcher.ts"), "launcher-process": source("launcher-process.ts") },
      outDir: output,
      silent: true,
    });
  });
  afterAll(() => rmSync(output, { recursive: true }));

  it("names a file that exists in the sources", () => {
    expect(existsSync(helperFile())).toBe(true);
  });

  it.each(["auto", "portable"])(
    "is found beside the bundle, which runs programs with the %s engine",
    async (engine) => {
      const script = `
      import { openLauncher } from ${JSON.stringify(pathToFileURL(join(output, "index.js")))};
      const memory = { kind: "memory", maxBytes: 100 };
      const launcher = await openLauncher({
        engine: ${JSON.stringify(engine)},
        onEvents: (events) => events.forEach((event) => event.stdout && process.stdout.write(event.stdout.bytes)),
        onLost: (error) => { throw error; },
      });
      process.stdout.write(launcher.engine + " ");
      launcher.start([{ id: 1, executable: "echo", arguments: ["built"], environment: {}, stdout: memory, stderr: memory }]);
    `;

      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);

      expect(stdout).toBe(`${engine === "auto" ? "native" : "portable"} built\n`);
    },
  );

  it("falls back to the portable engine, and says why, where the FFI library is not installed", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "rhapsody-built-"));
    cpSync(output, elsewhere, { recursive: true });
    const helper = spawn(process.execPath, [join(elsewhere, "launcher-process.js"), "auto"], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    const control = helper.stdio[3] as Duplex;
    control.write(encodeFrame({ type: "open", marker: "m", environment: {} }));

    const [chunk] = (await once(control, "data")) as [Uint8Array];

    const [ready] = new FrameReader().push(chunk);
    expect(ready).toMatchObject({ type: "ready", engine: "portable" });
    expect(ready).toHaveProperty("reason", expect.stringContaining("koffi"));
    control.destroy();
    await once(helper, "exit");
    rmSync(elsewhere, { recursive: true });
  });
});
