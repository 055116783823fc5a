import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOCKET_VARIABLE, type Told } from "./shared-vllm.ts";
import { type OwnVllm, startVllm } from "./vllm.ts";

/**
 * Global setup of test projects on vLLM: offers one server to all workers of all projects of this run, which is started when the first asks for it.
 *
 * @returns ends the server, after the run.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Another project of this run offers it.
  if (process.env[SOCKET_VARIABLE] !== undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), "shared-vllm-"));
  const path = join(directory, "socket");
  let server: Promise<OwnVllm> | undefined;
  const tell = async (socket: Socket): Promise<void> => {
    socket.on("error", () => {});
    let told: Told;
    try {
      const { url, model, pid } = await (server ??= startVllm());
      told = { url, model, pid };
    } catch (error) {
      server = undefined;
      told = { error: error instanceof Error ? error.message : String(error) };
    }
    socket.end(JSON.stringify(told));
  };
  const listener = createServer((socket) => void tell(socket)).listen(path);
  await once(listener, "listening");
  process.env[SOCKET_VARIABLE] = path;
  return async () => {
    delete process.env["RHAPSODY_TEST_VLLM_SOCKET"];
    listener.close();
    const started = await server?.catch(() => undefined);
    await started?.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
