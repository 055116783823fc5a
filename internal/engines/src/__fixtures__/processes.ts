import { enginePython } from "../index.ts";
import { run } from "../run.ts";

/** A process with all that it started and they started. */
export async function family(pid: number): Promise<readonly number[]> {
  const text = `import psutil; print([p.pid for p in psutil.Process(${pid}).children(recursive=True)])`;
  const children = JSON.parse(await run(await enginePython("dask"), ["-c", text])) as number[];
  return [pid, ...children];
}
