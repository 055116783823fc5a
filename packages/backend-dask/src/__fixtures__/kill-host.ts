import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Lifeline, temporaryDirectory } from "@rhapsody-internal/fixtures";
import type { DaskCluster } from "../index.ts";

/** Kills a host with work under way on a cluster; resolves once nothing of the work is alive, with how long that took, in milliseconds. */
export async function killHost(python: string, cluster: DaskCluster): Promise<number> {
  const lifeline = new Lifeline();
  const file = fileURLToPath(new URL("./held-host.ts", import.meta.url));
  const args = [file, temporaryDirectory(), python, JSON.stringify(cluster), lifeline.path, lifeline.tree];
  const host = spawn(process.execPath, args, { stdio: "ignore" });
  await lifeline.heard(3);

  const killed = performance.now();
  host.kill("SIGKILL");
  await lifeline.broken;
  return performance.now() - killed;
}
