import { describe, expect, it } from "vitest";
import type { Job } from "./job.ts";
import type { HostMessage } from "./messages.ts";
import type { WorkerListener } from "./worker-link.ts";
import { WorkerPool } from "./worker-pool.ts";

/** A worker that does what the test says. */
class FakeWorker {
  readonly sent: HostMessage[] = [];
  readonly listener: WorkerListener;
  held = true;
  refusesCopies = false;

  constructor(listener: WorkerListener) {
    this.listener = listener;
  }

  send(message: HostMessage): void {
    if (this.refusesCopies) throw new DOMException("no copy", "DataCloneError");
    this.sent.push(message);
  }

  async end(): Promise<boolean> {
    this.listener.ended({ how: "was ended" });
    return true;
  }

  hold(held: boolean): void {
    this.held = held;
  }

  ready(): void {
    this.listener.message("ready");
  }

  finish(): void {
    const last = this.sent.at(-1);
    if (Array.isArray(last)) this.listener.message([last[0] as number, "result"]);
  }
}

function setUp(size: number) {
  const workers: FakeWorker[] = [];
  const log: string[] = [];
  const pool = new WorkerPool({
    size,
    start: (listener) => {
      const worker = new FakeWorker(listener);
      workers.push(worker);
      return worker;
    },
  });
  const job = (name: string): Job => ({
    call: (id) => [id, "file:///m.js", name, [], name, name, 1, "none"],
    began: () => log.push(`${name} began`),
    ended: ([, value]) => log.push(`${name} ended with ${String(value)}`),
    died: ({ how }) => log.push(`${name} died as the worker ${how}`),
    unsendable: () => log.push(`${name} unsendable`),
  });
  return { pool, workers, log, job };
}

describe("WorkerPool", () => {
  it("starts no worker before there is a job, and no more than its size", () => {
    const { pool, workers, job } = setUp(2);
    expect(workers).toHaveLength(0);

    for (const name of ["a", "b", "c"]) pool.run(job(name));

    expect(workers).toHaveLength(2);
  });

  it("gives jobs out in order of arrival, one at a time to each worker", () => {
    const { pool, workers, log, job } = setUp(1);
    for (const name of ["a", "b"]) pool.run(job(name));

    workers[0]!.ready();
    workers[0]!.finish();
    workers[0]!.finish();

    expect(log).toEqual(["a began", "a ended with result", "b began", "b ended with result"]);
  });

  it("uses an idle worker rather than a new one, and lets it keep the host alive only while it is busy", () => {
    const { pool, workers, job } = setUp(4);
    pool.run(job("a"));
    workers[0]!.ready();
    workers[0]!.finish();
    const idle = workers[0]!.held;

    pool.run(job("b"));

    expect(workers).toHaveLength(1);
    expect([idle, workers[0]!.held]).toEqual([false, true]);
  });

  it("replaces a worker that ended, which takes its own job with it and no other", () => {
    const { pool, workers, log, job } = setUp(1);
    for (const name of ["a", "b"]) pool.run(job(name));
    workers[0]!.ready();

    workers[0]!.listener.ended({ how: "crashed" });
    workers[1]!.ready();

    expect(log).toEqual(["a began", "a died as the worker crashed", "b began"]);
  });

  it("fails one job for each worker that ends before it is ready, so that none waits for ever", () => {
    const { pool, workers, log, job } = setUp(1);
    for (const name of ["a", "b"]) pool.run(job(name));

    workers[0]!.listener.ended({ how: "cannot start" });
    workers[1]!.listener.ended({ how: "cannot start" });

    expect(log).toEqual(["a died as the worker cannot start", "b died as the worker cannot start"]);
    expect(workers).toHaveLength(2);
  });

  it("goes on to the next job when one cannot be copied", () => {
    const { pool, workers, log, job } = setUp(1);
    pool.run(job("a"));
    pool.run(job("b"));
    workers[0]!.refusesCopies = true;

    workers[0]!.ready();
    workers[0]!.refusesCopies = false;
    pool.run(job("c"));

    expect(log).toEqual(["a unsendable", "b unsendable", "c began"]);
  });

  it("takes no notice of news of an earlier call", () => {
    const { pool, workers, log, job } = setUp(1);
    pool.run(job("a"));
    workers[0]!.ready();

    workers[0]!.listener.message([99, "of another call"]);
    workers[0]!.listener.message({ listens: 99 });

    expect(log).toEqual(["a began"]);
  });

  it("takes back a waiting job, and ends the worker of one whose function does not listen", async () => {
    const { pool, workers, log, job } = setUp(1);
    const [a, b, c] = [job("a"), job("b"), job("c")];
    for (const each of [a, b, c]) pool.run(each);
    workers[0]!.ready();

    const outcomes = await pool.stop([b, a], "why not", 1000);
    workers[1]!.ready();

    expect(outcomes).toEqual(["cancelled", "cancelled"]);
    expect(log).toEqual(["a began", "a died as the worker was ended", "c began"]);
  });

  it("aborts a function that listens, and keeps the worker when it ends", async () => {
    const { pool, workers, log, job } = setUp(1);
    const a = job("a");
    pool.run(a);
    workers[0]!.ready();
    workers[0]!.listener.message({ listens: 1 });

    const stopped = pool.stop([a], "why not", 60_000);
    expect(workers[0]!.sent.at(-1)).toEqual({ abort: 1, reason: "why not" });
    workers[0]!.listener.message([1, undefined]);
    await stopped;
    pool.run(job("b"));

    expect(log).toEqual(["a began", "a ended with undefined", "b began"]);
    expect(workers).toHaveLength(1);
  });

  it("ends all workers when it is closed, and starts none afterwards", async () => {
    const { pool, workers, job } = setUp(2);
    pool.run(job("a"));
    workers[0]!.ready();
    workers[0]!.finish();

    await pool.close(0);
    pool.run(job("b"));

    expect(workers).toHaveLength(1);
  });
});
