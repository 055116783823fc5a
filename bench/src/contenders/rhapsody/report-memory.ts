import { reportSample, type readSettings } from "../contender.ts";
import type { HoldingBackend } from "./holding-backend.ts";
import { residentBytes } from "./resident-bytes.ts";

/** Begins work on a backend that holds it; `settled` resolves once it has been let go and has ended. */
export type Begin = (tasks: number) => Promise<{ readonly settled: Promise<unknown> }>;

/** Says what is resident for each task while a backend holds it, and what is left of it afterwards. */
export async function reportMemory(
  { tasks, warmUp }: ReturnType<typeof readSettings>,
  backend: HoldingBackend,
  begin: Begin,
): Promise<void> {
  const holdAndRelease = async (count: number): Promise<number> => {
    const { settled } = await begin(count);
    await backend.holds(count);
    const bytes = await residentBytes();
    backend.finish();
    await settled;
    return bytes;
  };
  await holdAndRelease(warmUp);
  const before = await residentBytes();
  const held = await holdAndRelease(tasks);
  const after = await residentBytes();
  reportSample({ bytesPerUnsettledTask: (held - before) / tasks, bytesPerReleasedTask: (after - before) / tasks });
}
