import { BaseExecutionBackend, type BackendContext, type BackendHandle, type TaskSpec } from "@rhapsody/core";

/** A model that answers prompts in no time: with how many words they have. */
export class ModelBackend extends BaseExecutionBackend {
  readonly name = "model";
  readonly capabilities = {
    taskKinds: ["prompt"],
    functionKinds: [],
    resources: [],
    cancellation: "queued",
  } as const;
  /** What it was asked, in order. */
  readonly prompts: string[] = [];

  async open({ report }: BackendContext): Promise<BackendHandle> {
    const answer = ({ uid, attempt, epoch, work }: TaskSpec): void => {
      if (work.kind !== "prompt" || typeof work.prompt !== "string") return;
      this.prompts.push(work.prompt);
      const response = JSON.stringify({ words: work.prompt.split(" ").length });
      report([
        { uid, attempt, epoch, state: "RUNNING" },
        { uid, attempt, epoch, state: "DONE", response },
      ]);
    };
    return {
      submit: async (tasks) => void setImmediate(() => tasks.forEach(answer)),
      close: async () => {},
    };
  }
}
