import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Lifeline } from "@rhapsody-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Harness } from "./__fixtures__/harness.ts";

/** What is asked of a launcher whose host was killed; on a machine under load, what the host took to start comes on top. */
const GONE_WITHIN_MS = 2000;
const hostFile = fileURLToPath(new URL("./__fixtures__/host.ts", import.meta.url));

describe.each(["native", "portable"] as const)("all that a program started, with the %s engine,", (engine) => {
  let harness: Harness;
  let lifeline: Lifeline;

  beforeEach(async () => {
    harness = await Harness.open(engine);
    lifeline = new Lifeline();
  });
  afterEach(async () => {
    await harness.launcher.close(0);
  });

  /** A daemon as they are made: of its own session, its parent gone, deaf to polite signals, silent. */
  const daemon = `( setsid sh -c 'trap "" TERM HUP; echo daemon >&9; sleep 1000; sleep 1000' > /dev/null 2>&1 < /dev/null & )`;

  it("ends with it: a background job that holds its output", async () => {
    const { exit, stdout } = await harness.runSh(`${lifeline.hold}; sleep 1000 & echo done`);

    await lifeline.broken;
    expect(exit.exitCode).toBe(0);
    expect(stdout).toBe("done\n");
  });

  it("ends with it: a daemon that left the group and lost its parent", async () => {
    const told = `${lifeline.path}.told`;
    const id = harness.sh(`${lifeline.hold}; ${daemon}; exec 9>&-; until test -e '${told}'; do sleep 0.02; done`);
    await lifeline.heardAll("daemon");
    writeFileSync(told, "");

    const end = await harness.end(id);

    await lifeline.broken;
    expect(end).toMatchObject({ exitCode: 0 });
  });

  it("is killed with it: the tree, a daemon, and what ignores TERM, after the grace", async () => {
    const id = harness.sh(
      `${lifeline.hold}; trap "" TERM; ${daemon}; sh -c 'sleep 1000; :' & echo up >&9; sleep 1000; sleep 1000`,
    );
    await lifeline.heard(2);

    const begin = performance.now();
    await harness.launcher.kill([id], 150);

    await lifeline.broken;
    expect(performance.now() - begin).toBeGreaterThanOrEqual(149);
    expect(await harness.end(id)).toMatchObject({ type: "exited", signal: "SIGKILL" });
  });

  it("is asked to end first: also what left the group, and a stopped process", async () => {
    const polite = (name: string): string =>
      `trap 'echo ${name} ended >&9; exit 5' TERM; echo ${name} >&9; while :; do sleep 0.05; done`;
    const id = harness.sh(
      `${lifeline.hold}; setsid sh -c "${polite("outside")}" & sh -c "${polite("stopped")}" & kill -STOP $!; ${polite("leader")}`,
    );
    await lifeline.heardAll("outside", "leader");

    await harness.launcher.kill([id], 60_000);

    await lifeline.broken;
    expect(await harness.end(id)).toMatchObject({ type: "exited", exitCode: 5, signal: null });
    expect(lifeline.lines).toEqual(expect.arrayContaining(["leader ended", "outside ended"]));
  });

  it("leaves other programs alone when it is killed", async () => {
    const other = new Lifeline();
    const [killed, kept] = [
      harness.sh(`${lifeline.hold}; echo up >&9; sleep 1000`),
      harness.sh(`${other.hold}; echo up >&9; ${daemon}; sleep 1000`),
    ];
    await Promise.all([lifeline.heard(1), other.heard(2)]);

    await harness.launcher.kill([killed], 0);

    await lifeline.broken;
    expect(harness.events.some(({ id, type }) => id === kept && type !== "started")).toBe(false);
    await harness.launcher.kill([kept], 0);
    await other.broken;
  });

  it("is gone when several kills resolve, and an unknown or ended one resolves at once", async () => {
    const ended = await harness.end(harness.sh("true"));
    const ids = Array.from({ length: 10 }, () => harness.sh(`${lifeline.hold}; sleep 1000`));

    await Promise.all([harness.launcher.kill(ids.slice(0, 6), 1000), harness.launcher.kill(ids.slice(4), 0)]);

    await lifeline.broken;
    expect(harness.events.filter(({ id, type }) => ids.includes(id) && type !== "started")).toHaveLength(10);
    await harness.launcher.kill([ended.id, 4711], 1000);
  });

  it("is gone when the launcher is closed", async () => {
    const id = harness.sh(`${lifeline.hold}; ${daemon}; sleep 1000`);
    await lifeline.heard(1);

    await Promise.all([harness.launcher.close(100), harness.launcher.close(100)]);

    await lifeline.broken;
    expect(harness.events.at(-1)).toMatchObject({ id, type: "exited" });
  });

  it("is gone within two seconds of the host's death", async () => {
    const begin = performance.now();
    const host = startHost([engine, `${lifeline.hold}; ${daemon}; sleep 1000 & sleep 1000`]);
    await lifeline.heard(1);
    const startMs = performance.now() - begin;

    host.kill("SIGKILL");
    const killed = performance.now();
    await lifeline.broken;

    expect(performance.now() - killed).toBeLessThan(GONE_WITHIN_MS + startMs);
  });

  it("outlives a Ctrl-C, which is the host's to act on", async () => {
    const host = startHost([
      engine,
      `${lifeline.hold}; trap 'echo hit >&9' INT TERM; echo up >&9; while :; do sleep 0.05; done`,
    ]);
    await lifeline.heard(1);
    process.kill(await helperOf(host), "SIGTERM");

    process.kill(-host.pid!, "SIGINT");
    await once(host, "exit");

    await lifeline.broken;
    expect(lifeline.lines).toEqual(["up"]);
  });

  it("is gone when the death of the helper is reported", async () => {
    const id = harness.sh(`${lifeline.hold}; ${daemon}; echo up >&9; sleep 1000`);
    await lifeline.heard(2);

    process.kill(harness.launcher.pid, "SIGKILL");
    const killed = harness.launcher.kill([id], 60_000);
    const error = await harness.lost;

    await Promise.all([lifeline.broken, killed]);
    expect(error).toHaveProperty("code", "LAUNCHER_LOST");
    expect(error.message).toContain("SIGKILL");
    await harness.launcher.close(0);
  });

  it("is found inside a launcher that a program opened", async () => {
    const environment = {
      NODE: process.execPath,
      HOST: hostFile,
      SCRIPT: `${lifeline.hold}; ${daemon}; echo inner >&9; sleep 1000`,
    };
    const id = harness.sh(`${lifeline.hold}; "$NODE" "$HOST" ${engine} "$SCRIPT"`, { environment });
    await lifeline.heard(2);

    await harness.launcher.kill([id], 100);

    await lifeline.broken;
    expect(await harness.end(id)).toMatchObject({ type: "exited" });
  });

  it("does not keep an idle host alive", async () => {
    const host = startHost([engine, "true"]);

    await once(host, "exit");

    expect(host.exitCode).toBe(0);
  });
});

describe("all that a program started, with the native engine,", () => {
  const nameless = `( setsid env -i sh -c 'echo daemon >&9; sleep 1000; :' > /dev/null 2>&1 & )`;

  it("ends with it: a daemon that cleared its environment", async () => {
    await using harness = await Harness.open("native");
    const lifeline = new Lifeline();

    await harness.runSh(`${lifeline.hold}; ${nameless}; read line; exec 9>&-`, { stdin: Buffer.from("go\n") });

    await expect(lifeline.broken).resolves.toBeUndefined();
  });

  it("ends at the latest with the last program that may have started it", async () => {
    await using harness = await Harness.open("native");
    const lifeline = new Lifeline();
    const other = harness.sh("exec sleep 1000");
    const first = harness.sh(`${lifeline.hold}; ${nameless}; until test -s flag; do sleep 0.02; done`);
    await lifeline.heard(1);

    await harness.launcher.kill([first], 1000);
    await harness.launcher.kill([other], 1000);

    await expect(lifeline.broken).resolves.toBeUndefined();
  });
});

function startHost(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, ["--conditions=@rhapsody/source", hostFile, ...words], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Process id of the helper, which the host prints. */
async function helperOf(host: ChildProcess): Promise<number> {
  const [line] = (await once(createInterface({ input: host.stdout! }), "line")) as [string];
  return Number(line.split(" ")[1]);
}
