import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Descriptor of a server's wrapper that is open for as long as this process wants the server. */
const LIFELINE = 3;
/** Longest time for killed processes to be gone, in milliseconds; then they wait for a dead disk or device. */
const GONE_MS = 5_000;
const LOOK_MS = 10;

/**
 * Waits for the end of its lifeline, which comes when this process cuts it or dies by whatever death, and kills a server's group then. vLLM's engine and workers
 * stay in the group, also once their parent is dead, which they survive by themselves. Spared for up to three seconds is Python's resource tracker: it removes the
 * shared memory of those that were killed, once they are gone.
 *
 * Arguments: the group, and a directory to remove in the end.
 */
const WATCHDOG = `
group=$1 scratch=$2 trackers= PATH=$PATH:/usr/bin:/bin
exec >/dev/null 2>&1
trap '' HUP INT TERM
read -r _ <&3
for stat in /proc/[0-9]*/stat; do
  { read -r line < "$stat"; } || continue
  set -- \${line##*) }
  [ "$3" = "$group" ] || continue
  pid=\${stat#/proc/} pid=\${pid%/stat}
  [ "$pid" != $$ ] || continue
  if grep -q resource_tracker "/proc/$pid/cmdline"; then trackers="$trackers $pid"; else kill -KILL "$pid"; fi
done
tries=30
while [ "$tries" -gt 0 ] && [ -n "$trackers" ] && kill -0 $trackers; do
  sleep 0.1
  tries=$((tries - 1))
done
rm -rf -- "$scratch"
kill -KILL "-$group"
`;

/**
 * A shell that becomes the server (`exec`) after it has left a watchdog behind, in the same process group: so the group's number is nobody else's.
 *
 * Arguments: the watchdog, its directory, then the server's command.
 */
const WRAPPER = `
watchdog=$1 scratch=$2; shift 2
( /bin/sh -c "$watchdog" rhapsody-watchdog $$ "$scratch" & )
exec "$@" 3<&-
`;

/** What a {@link ServerProcess} runs. */
export interface ServerCommand {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the file that gets all it prints, after what is there. */
  readonly logFile: string;
  /** Path of a directory of its own, removed with it. */
  readonly scratch: string;
}

/** A server with all that it starts: nothing of them outlives {@link ServerProcess.end}, nor this process by more than seconds. */
export class ServerProcess {
  /** Resolves with how the server ended, in words, once it has; what it started may be there still. Never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #scratch: string;
  readonly #ended = Promise.withResolvers<string>();
  readonly #unwatched = Promise.withResolvers<void>();
  #lifeline: Socket | undefined;
  #end: Promise<boolean> | undefined;

  constructor({ command, environment, logFile, scratch }: ServerCommand) {
    this.#scratch = scratch;
    this.ended = this.#ended.promise;
    const log = openSync(logFile, "a", 0o600);
    try {
      this.#child = spawn("/bin/sh", ["-c", WRAPPER, "rhapsody-server", WATCHDOG, scratch, ...command], {
        // A session of its own: a terminal's Ctrl-C is for this process alone, and the group can be killed.
        detached: true,
        env: environment,
        stdio: ["ignore", log, log, "pipe"],
      });
    } finally {
      closeSync(log);
    }
    this.#child.once("error", ({ message }) => this.#ended.resolve(`could not be started: ${message}`));
    this.#child.once("exit", (code, signal) => this.#ended.resolve(inWords(code, signal)));
    this.#hold(this.#child);
  }

  /** Process of the server, and number of its group; absent when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lets this process end without it, which ends the server. */
  unref(): void {
    this.#child.unref();
    this.#lifeline?.unref();
  }

  /** Asks the server to end by itself, for which this process stays. */
  terminate(): void {
    this.#child.ref();
    this.#signal("SIGTERM", 1);
  }

  /** Kills what is left of the server and of all that it started; resolves with true once nothing is, with false when something cannot be killed. Idempotent. */
  end(): Promise<boolean> {
    return (this.#end ??= this.#killAll());
  }

  async #killAll(): Promise<boolean> {
    this.#child.ref();
    this.#lifeline?.ref();
    this.#lifeline?.end();
    await Promise.race([this.#unwatched.promise, pause(GONE_MS, undefined, { ref: false })]);
    this.#signal("SIGKILL", -1);
    await Promise.race([this.ended, pause(GONE_MS, undefined, { ref: false })]);
    const gone = await this.#groupGone();
    await rm(this.#scratch, { recursive: true, force: true });
    return gone;
  }

  /** @param holder - Process with the watchdog's end of the lifeline. */
  #hold(holder: ChildProcess): void {
    // Without a process there may be no descriptors.
    const lifeline = holder.pid === undefined ? undefined : holder.stdio[LIFELINE];
    if (!(lifeline instanceof Socket)) return this.#unwatched.resolve();
    this.#lifeline = lifeline;
    lifeline.on("error", () => undefined).once("close", () => this.#watchAgain());
    // Read, or its end is never noticed.
    lifeline.resume();
  }

  /** Has another watchdog after one that somebody killed: without it the server could outlive this process. */
  #watchAgain(): void {
    const { pid } = this.#child;
    if (this.#end !== undefined || !this.#runs) return this.#unwatched.resolve();
    const fail = (cause: unknown): void =>
      this.#ended.resolve(`lost its watchdog, and another one could not be started (${String(cause)}); it is killed`);
    try {
      const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "rhapsody-watchdog", String(pid), this.#scratch], {
        detached: true,
        stdio: ["ignore", "ignore", "ignore", "pipe"],
      });
      watchdog.once("error", fail).unref();
      this.#hold(watchdog);
      this.#lifeline?.unref();
    } catch (error) {
      this.#unwatched.resolve();
      fail(error);
    }
  }

  get #runs(): boolean {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null;
  }

  /** @param sign - `1` for the server alone, `-1` for all of its group. */
  #signal(signal: NodeJS.Signals, sign: 1 | -1): void {
    const { pid } = this.#child;
    if (pid === undefined || (sign === 1 && !this.#runs)) return;
    try {
      process.kill(sign * pid, signal);
    } catch {
      // None of them is left.
    }
  }

  async #groupGone(): Promise<boolean> {
    const { pid } = this.#child;
    const giveUpAt = performance.now() + GONE_MS;
    while (pid !== undefined && hasLiving(pid)) {
      if (performance.now() > giveUpAt) return false;
      await pause(LOOK_MS);
    }
    return true;
  }
}

/** True while the group has a process that is no zombie, which some containers never clear away. */
function hasLiving(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && livesIn(group, name));
}

function livesIn(group: number, pid: string): boolean {
  try {
    // After the program's name, in parentheses, which may hold anything: state, parent, group.
    const [state = "", , of] = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(of) === group && !"ZX".includes(state);
  } catch {
    return false;
  }
}

function inWords(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) return `ended with exit code ${code}`;
  return `was killed by ${signal}${signal === "SIGKILL" ? ", perhaps by the system for lack of memory" : ""}`;
}
