import { enginePython } from "./engine-python.ts";

/** Installs what tests on Dask need. Where that fails, exactly the tests that ask for it fail, with what to do. */
export async function setup(): Promise<void> {
  await enginePython("dask").catch(() => undefined);
}
