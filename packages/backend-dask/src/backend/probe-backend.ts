import { findPython } from "@rhapsody/python-bridge";
import { daskRequirements } from "../engine/open-dask-engine.ts";

/** Tells whether the backend could open here: whether there is a Python with Dask. Imports nothing of it. */
export async function probeBackend(): Promise<{
  readonly available: boolean;
  readonly reason?: string;
  readonly fix?: string;
}> {
  try {
    await findPython({ backend: "dask", requires: daskRequirements });
    return { available: true };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error), fix: FIX };
  }
}

const FIX =
  'python3 -m pip install "distributed>=2024.1"; where Python is not python3 in PATH, set RHAPSODY_PYTHON to it';
