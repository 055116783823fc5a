import { findVllm } from "../launch/find-vllm.ts";
import { parseLaunchOptions } from "../launch/launch-options.ts";

/** Tells whether the backend could start servers here: whether there is a program `vllm`. Servers that run elsewhere it can ask in any case. */
export async function probeBackend(): Promise<{
  readonly available: boolean;
  readonly reason?: string;
  readonly fix?: string;
}> {
  try {
    await findVllm("vllm", parseLaunchOptions("probeBackend", { model: "any" }));
    return { available: true };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error), fix: FIX };
  }
}

const FIX =
  "python3 -m pip install vllm; or ask servers that run elsewhere: new VllmInferenceBackend({ servers: … }) needs nothing here";
