import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { abortable } from "./abortable.ts";

const never = Promise.withResolvers<never>().promise;

it("settles as the promise does, and leaves the signal", async () => {
  const { signal } = new AbortController();

  expect(await abortable(Promise.resolve(1), signal)).toBe(1);
  await expect(abortable(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("rejects with the reason of a signal that is aborted meanwhile, or was before", async () => {
  const stop = new AbortController();
  const meanwhile = abortable(never, stop.signal);

  stop.abort(new Error("not wanted"));

  await expect(meanwhile).rejects.toThrow("not wanted");
  await expect(abortable(never, stop.signal)).rejects.toThrow("not wanted");
});
