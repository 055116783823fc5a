import { describe, expect, it, vi } from "vitest";
import { rejectionOf, turn } from "../__fixtures__/open-session.ts";
import type { BackendHandle } from "./backend.ts";
import { SingleOpening } from "./single-opening.ts";

const inUse = { code: "BACKEND_IN_USE", backend: "laptop" };

function single(): SingleOpening {
  return new SingleOpening({ name: "laptop" });
}

/** A handle that does nothing but what the test says, and its parts. */
function handleOf(parts: Partial<BackendHandle> = {}): BackendHandle {
  return { submit: vi.fn(async () => {}), close: vi.fn(async () => {}), ...parts };
}

describe("a single opening", () => {
  it("refuses to be opened while it is open, and while it is being opened", async () => {
    const opening = single();
    const acquired = Promise.withResolvers<BackendHandle>();
    const acquireAgain = vi.fn(async () => handleOf());

    const opened = opening.open(() => acquired.promise);
    expect(await rejectionOf(opening.open(acquireAgain))).toMatchObject(inUse);
    acquired.resolve(handleOf());
    await opened;
    expect(await rejectionOf(opening.open(acquireAgain))).toMatchObject(inUse);

    expect(acquireAgain).not.toHaveBeenCalled();
  });

  it("opens again once it is closed", async () => {
    const opening = single();
    const first = await opening.open(async () => handleOf());
    await first.close(0);

    await expect(opening.open(async () => handleOf())).resolves.toBeDefined();
  });

  it.each(["resolves", "rejects"] as const)(
    "waits for a close under way, which %s, and refuses others meanwhile",
    async (how) => {
      const opening = single();
      const closed = Promise.withResolvers<void>();
      const first = await opening.open(async () => handleOf({ close: () => closed.promise }));
      const acquire = vi.fn(async () => handleOf());

      const closing = first.close(0);
      const again = opening.open(acquire);
      expect(await rejectionOf(opening.open(acquire))).toMatchObject(inUse);
      await turn();
      expect(acquire).not.toHaveBeenCalled();
      if (how === "resolves") closed.resolve();
      else closed.reject(new Error("stuck"));

      await expect(again).resolves.toBeDefined();
      expect(acquire).toHaveBeenCalledOnce();
      expect((await Promise.allSettled([closing]))[0].status).toBe(how === "resolves" ? "fulfilled" : "rejected");
    },
  );

  it("waits for the close of the latest opening, also when an earlier one is closed once more", async () => {
    const opening = single();
    const first = await opening.open(async () => handleOf());
    await first.close(0);
    const closed = Promise.withResolvers<void>();
    const second = await opening.open(async () => handleOf({ close: () => closed.promise }));
    const acquire = vi.fn(async () => handleOf());

    const closing = second.close(0);
    await first.close(0);
    const third = opening.open(acquire);
    await turn();
    expect(acquire).not.toHaveBeenCalled();
    closed.resolve();

    await Promise.all([closing, third]);
  });

  it("opens after an opening that failed", async () => {
    const opening = single();
    const refused = new Error("no such host");

    expect(await rejectionOf(opening.open(() => Promise.reject(refused)))).toBe(refused);

    expect(opening.current).toBeUndefined();
    await expect(opening.open(async () => handleOf())).resolves.toBeDefined();
  });

  it("closes once, however often it is asked to", async () => {
    const handle = handleOf();
    const opened = await single().open(async () => handle);

    await Promise.all([opened.close(7), opened.close(0)]);
    await opened.close(0);

    expect(vi.mocked(handle.close).mock.calls).toEqual([[7]]);
  });

  it("tells everybody who closes it that closing failed", async () => {
    const stuck = new Error("stuck");
    const close = (): never => {
      throw stuck;
    };
    const opened = await single().open(async () => handleOf({ close }));

    expect(await Promise.all([rejectionOf(opened.close(0)), rejectionOf(opened.close(0))])).toEqual([stuck, stuck]);
  });

  it("takes no work once it is being closed, not even when it is open again", async () => {
    const opening = single();
    const handle = handleOf();
    const first = await opening.open(async () => handle);
    const closing = first.close(0);

    expect(await rejectionOf(first.submit([]))).toMatchObject({ code: "BACKEND_CLOSED", backend: "laptop" });
    await closing;
    await opening.open(async () => handleOf());
    expect(await rejectionOf(first.submit([]))).toMatchObject({ code: "BACKEND_CLOSED" });
    expect(handle.submit).not.toHaveBeenCalled();
  });

  it("passes work and cancellation on", async () => {
    const handle = handleOf({ cancel: vi.fn(async () => ["detached" as const]) });
    const attempt = { uid: "a", attempt: 1, epoch: 1 };
    const opened = await single().open(async () => handle);

    await opened.submit([]);

    expect(handle.submit).toHaveBeenCalledWith([]);
    expect(await opened.cancel?.([attempt], "enough")).toEqual(["detached"]);
    expect(handle.cancel).toHaveBeenCalledWith([attempt], "enough");
  });

  it("has no cancel when there is none", async () => {
    expect("cancel" in (await single().open(async () => handleOf()))).toBe(false);
  });

  it("knows what is open, until it is to be closed", async () => {
    const opening = single();
    const handle = handleOf();
    const known = [opening.current];

    const opened = await opening.open(async () => handle);
    known.push(opening.current);
    const closing = opened.close(0);
    known.push(opening.current);
    await closing;

    expect(known).toEqual([undefined, handle, undefined]);
  });
});
