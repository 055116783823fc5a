import { describe, expect, it } from "vitest";
import { openKernel } from "./kernel.ts";
import { NativeEngine } from "./native-engine.ts";

describe.runIf(process.platform === "linux")("a native engine", () => {
  it("waits for nothing when it is closed with nothing running, as nothing would wake it up", async () => {
    const engine = new NativeEngine(await openKernel(), { marker: "m", environment: {}, report: () => undefined });
    let closed = 0;
    expect(engine.timeoutMs).toBe(-1);

    engine.close(0, () => (closed += 1));
    expect(engine.timeoutMs).toBe(0);
    engine.advance();

    expect(closed).toBe(1);
    expect(engine.timeoutMs).toBe(-1);
  });
});
