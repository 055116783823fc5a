import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NoopExecutionBackend } from "@rhapsody/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { capabilitiesFor } from "../__fixtures__/faults/fault.ts";
import { ReferenceBackend } from "../__fixtures__/reference/reference-backend.ts";
import { runSuite } from "../__fixtures__/run-suite.ts";
import { describeBackend } from "../index.ts";

const inline = (): ReferenceBackend => new ReferenceBackend(capabilitiesFor(["inline"]));
const silent = { describe: () => {}, it: () => {} };

describe("describeBackend", () => {
  it("takes a backend that is built asynchronously, and takes down what was set up for each", async () => {
    let up = 0;
    let most = 0;

    const { failed } = await runSuite(
      async () => {
        up += 1;
        most = Math.max(most, up);
        return {
          backend: inline(),
          cleanup: () => {
            up -= 1;
          },
        };
      },
      { only: ["contract", "life-cycle"] },
    );

    expect([...failed]).toEqual([]);
    expect(up).toBe(0);
    // Two at a time: the test's own, and one more for the test that builds another.
    expect(most).toBe(2);
  });

  it("runs only what is asked for", async () => {
    const { passed } = await runSuite(inline, { only: ["submit/empty", "states/done"] });

    expect(passed).toEqual(["submit/empty", "states/done/inline"]);
  });

  it("skips what is excepted, with the reason, and runs the rest of the group", async () => {
    const { passed, skipped } = await runSuite(inline, {
      only: ["cancel-functions"],
      except: { "cancel-functions/signal": "this engine has no signals" },
    });

    expect([...skipped]).toEqual([["cancel-functions/signal/inline", "this engine has no signals"]]);
    expect(passed).toEqual(["cancel-functions/detached/inline"]);
  });

  it.each([{ except: { "cancel/runing": "mistyped" } }, { only: ["cancel/runing"] }])(
    "refuses names that no test has: %o",
    async (options) => {
      await expect(runSuite(inline, options)).rejects.toThrow(/cancel\/runing/);
    },
  );

  it("refuses an exception without a reason", () => {
    expect(() => describeBackend(silent, inline, { except: { cancel: " " } })).toThrow(TypeError);
  });

  it("refuses to share an opening that nobody would close", () => {
    expect(() => describeBackend(silent, inline, { opening: "shared" })).toThrow(/afterAll/);
  });

  it("shares one opening among the tests that are not about opening and closing", async () => {
    let opened = 0;
    const counting = (): ReferenceBackend => {
      const backend = inline();
      const open = backend.open.bind(backend);
      backend.open = (context) => {
        opened += 1;
        return open(context);
      };
      return backend;
    };

    const { failed } = await runSuite(counting, { only: ["function-values", "function-failures"], opening: "shared" });

    expect([...failed]).toEqual([]);
    expect(opened).toBe(1);
  });

  it("leaves no file behind", async () => {
    const directory = await mkdtemp(join(tmpdir(), "conformance-test-"));
    onTestFinished(() => rm(directory, { recursive: true }));

    await runSuite(inline, { only: ["states", "session"], directory });

    expect(existsSync(directory)).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  it("gives a backend that the engine refuses work of the author's choice", async () => {
    const refused = { kind: "prompt", prompt: "", sampling: {}, stream: false } as const;

    const { failed } = await runSuite(() => new NoopExecutionBackend(), {
      only: ["submit/atomic"],
      refused: () => refused,
    });

    expect([...failed.keys()]).toEqual(["submit/atomic"]);
  });
});
