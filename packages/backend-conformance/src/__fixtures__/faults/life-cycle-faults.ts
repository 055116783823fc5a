import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { BackendContext, BackendHandle } from "@rhapsody/core";
import { changed, changeHandle, type Fault } from "./fault.ts";

export const lifeCycleFaults: readonly Fault[] = [
  {
    what: "follows an unknown revision",
    kinds: ["inline"],
    breaks: (backend) => changed(backend, { contract: "backend/2" }),
    fails: ["contract/revision", "session"],
  },
  {
    what: "has a name with spaces",
    kinds: ["inline"],
    breaks: (backend) => changed(backend, { name: "my backend" }),
    fails: ["contract/name", "function-context/task/inline"],
  },
  {
    what: "lists an unknown resource and the same one twice",
    kinds: ["inline"],
    breaks: (backend) =>
      changed(backend, { capabilities: { ...backend.capabilities, resources: ["cores", "cores", "teapots"] } }),
    fails: ["contract/capabilities"],
  },
  {
    what: "starts a server when it is built",
    kinds: ["inline"],
    breaks: (backend) => {
      const server = createServer().listen(0);
      // Long enough for the test to look, and no reason to wait for it.
      setTimeout(() => server.close(), 100).unref();
      return backend;
    },
    fails: ["contract/inert"],
  },
  {
    what: "stays open when it is given up while it opens",
    kinds: ["inline"],
    breaks: (backend) =>
      changed(backend, {
        open: async (context: BackendContext) => {
          const handle = await backend.open(context);
          context.signal.throwIfAborted();
          return handle;
        },
      }),
    fails: ["life-cycle/given-up"],
  },
  {
    what: "has no cancel although it promises one",
    kinds: ["inline"],
    breaks: (backend) =>
      changed(backend, {
        open: async (context: BackendContext) => {
          const handle = await backend.open(context);
          return { submit: handle.submit.bind(handle), close: handle.close.bind(handle) };
        },
      }),
    fails: ["contract/cancel", "life-cycle/cancel-after-close", "submit/next-attempt", "cancel", "cancel-functions"],
  },
  {
    what: "talks of tasks that nobody gave it",
    kinds: ["inline"],
    breaks: changeHandle((_, context) => {
      context.report([{ uid: "warm-up", attempt: 1, epoch: context.epoch, state: "RUNNING" }]);
      return {};
    }),
    fails: [
      "life-cycle/nothing-to-do",
      "life-cycle/old-handle",
      "life-cycle/submit-after-close",
      "submit/empty",
      "submit/atomic",
      "states/shape/inline",
      "cancel/unknown",
      "close/running/inline",
    ],
  },
  {
    what: "opens as often as it is asked to",
    kinds: ["inline"],
    breaks: (backend) => {
      const { constructor } = backend;
      const another = (): typeof backend => Reflect.construct(constructor, [backend.capabilities]) as typeof backend;
      return changed(backend, { open: (context: BackendContext) => another().open(context) });
    },
    fails: ["life-cycle/open-twice"],
  },
  {
    what: "opens once and never again",
    kinds: ["inline"],
    breaks: changeHandle(() => ({ close: async () => {} })),
    fails: [
      "life-cycle/open-again",
      "life-cycle/given-up",
      "life-cycle/old-handle",
      "life-cycle/submit-after-close",
      "close/running/inline",
      "close/detached/inline",
      "session/one-session",
    ],
  },
  {
    what: "sticks to the epoch of its first opening",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: (backend) => {
      let first: number | undefined;
      return changed(backend, {
        open: (context: BackendContext) => {
          first ??= context.epoch;
          const epoch = first;
          return backend.open({
            ...context,
            report: (updates) => context.report(updates.map((update) => ({ ...update, epoch }))),
          });
        },
      });
    },
    fails: ["life-cycle/given-up", "life-cycle/open-again", "life-cycle/old-handle"],
  },
  {
    what: "takes work through a closed handle once it is open again",
    kinds: ["inline"],
    breaks: (backend) => {
      let latest: BackendHandle | undefined;
      const forwarding = changeHandle((handle) => {
        latest = handle;
        return { submit: (tasks) => (latest ?? handle).submit(tasks) };
      });
      return forwarding(backend);
    },
    fails: ["life-cycle/old-handle"],
  },
  {
    what: "fails to close a second time",
    kinds: ["inline"],
    breaks: changeHandle((handle) => {
      let closed = false;
      return {
        close: async (graceMs) => {
          if (closed) throw new Error("already closed");
          closed = true;
          await handle.close(graceMs);
        },
      };
    }),
    fails: ["life-cycle/close-twice"],
  },
  {
    what: "swallows work after close",
    kinds: ["inline"],
    breaks: changeHandle((handle) => {
      let closed = false;
      return {
        submit: async (tasks) => (closed ? undefined : handle.submit(tasks)),
        close: (graceMs) => {
          closed = true;
          return handle.close(graceMs);
        },
      };
    }),
    fails: ["life-cycle/old-handle", "life-cycle/submit-after-close"],
  },
  {
    what: "cannot answer cancel after close",
    kinds: ["inline"],
    breaks: changeHandle((handle) => {
      let closed = false;
      return {
        cancel: async (attempts, reason) => {
          if (closed) throw new TypeError("the engine is gone");
          return (await handle.cancel?.(attempts, reason)) ?? [];
        },
        close: (graceMs) => {
          closed = true;
          return handle.close(graceMs);
        },
      };
    }),
    fails: ["life-cycle/cancel-after-close"],
  },
  {
    what: "leaves a helper process running",
    kinds: ["inline"],
    breaks: changeHandle(() => {
      spawn("sleep", ["0.2"], { stdio: "ignore" }).unref();
      return {};
    }),
    fails: ["life-cycle/leaves-nothing"],
  },
];
