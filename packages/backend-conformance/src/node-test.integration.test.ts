import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const suite = fileURLToPath(new URL("__fixtures__/node-test-suite.ts", import.meta.url));

it("runs under node:test, with one opening for all", () => {
  const { status, stdout } = run({});

  expect(status).toBe(0);
  expect(counts(stdout)).toMatchObject({ fail: 0, skipped: 0 });
  expect(counts(stdout)["pass"]).toBeGreaterThan(40);
});

it("tells node:test what is left out, and why", () => {
  const { status, stdout } = run({ RHAPSODY_EXCEPT: "cancel-functions/detached" });

  expect(status).toBe(0);
  expect(counts(stdout)).toMatchObject({ fail: 0, skipped: 1 });
  expect(stdout).toContain("# SKIP closures here are never let go of");
});

it("fails under node:test when an exception names no test", () => {
  const { status, stdout } = run({ RHAPSODY_EXCEPT: "cancel-functions/mistyped" });

  expect(status).toBe(1);
  expect(stdout).toContain("no test of this backend is called that");
});

function run(environment: Record<string, string>): { readonly status: number | null; readonly stdout: string } {
  // A test process of node:test inside another runner's would report to that one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...inherited, ...environment };
  return spawnSync(process.execPath, ["--test-reporter=tap", suite], { encoding: "utf8", env });
}

/** The counts at the end of a TAP report, such as `# pass 12`. */
function counts(tap: string): Record<string, number> {
  return Object.fromEntries(
    [...tap.matchAll(/^# (\w+) ([\d.]+)$/gm)].map(([, name = "", value]) => [name, Number(value)]),
  );
}
