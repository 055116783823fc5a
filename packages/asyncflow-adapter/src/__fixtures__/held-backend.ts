import type { BackendContext, BackendHandle } from "@rhapsody/core";
import { RecordingBackend, type RecordingBackendOptions } from "@rhapsody/core/testing";

/** A backend that takes no batch before the test lets it. */
export class HeldBackend extends RecordingBackend {
  /** Resolves when a batch is there. */
  readonly asked: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Resolve it to let batches through. */
  readonly opened: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(options: RecordingBackendOptions = {}) {
    super({ name: "held", ...options });
  }

  override async open(context: BackendContext): Promise<BackendHandle> {
    const handle = await super.open(context);
    return {
      ...handle,
      submit: async (tasks) => {
        this.asked.resolve();
        await this.opened.promise;
        await handle.submit(tasks);
      },
    };
  }
}
