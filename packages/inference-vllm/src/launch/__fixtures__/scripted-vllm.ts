import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Script } from "./script.ts";

// Stands for `vllm serve`: an HTTP server with an engine that outlives it, as vLLM's does; does what `--script` says.
const string = { type: "string" } as const;
const options = { host: string, port: string, script: string, config: string };
const { values, positionals } = parseArgs({ options, strict: false, allowPositionals: true });
const [, model = ""] = positionals;
// What tests wrote.
const script = JSON.parse(String(values["script"])) as Script;

if (script.starts !== undefined) appendFileSync(script.starts, `${process.pid}\n`);
const starts = script.starts !== undefined && existsSync(script.starts) ? readFileSync(script.starts, "utf8").split("\n").length - 1 : 1;
if (script.stubborn) process.on("SIGTERM", () => {});

console.log(`(APIServer pid=${process.pid}) INFO 11-23 17:45:17 [model.py:733] Resolved architecture: LlamaForCausalLM`);
if (script.dies !== undefined && starts >= (script.diesFrom ?? 1) && (script.onlyOn ?? process.env["CUDA_VISIBLE_DEVICES"]) === process.env["CUDA_VISIBLE_DEVICES"]) {
  console.log(script.dies);
  process.exit(1);
}
const engine = spawn("sleep", ["600"], { stdio: "ignore" });
if (script.hangs) await pause(600_000);

const key = process.env["VLLM_API_KEY"];
const facts = {
  pids: [process.pid, engine.pid],
  arguments: process.argv.slice(2),
  devices: process.env["CUDA_VISIBLE_DEVICES"],
  mark: process.env["MARK"],
  scratch: process.env["TMPDIR"],
};
let asked = 0;
createServer((request, response) => {
  if (request.url === "/v1/completions") asked += 1;
  if (script.freezes === true && request.url === "/v1/completions") return;
  if (script.freezes === "embeddings" && request.url === "/v1/embeddings") return;
  if (script.freezes === "embeddings" && request.url === "/v1/completions") return void response.writeHead(404).end();
  const isAllowed = request.url === "/health" || request.headers.authorization === `Bearer ${key}`;
  const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: `pid ${process.pid}` } }];
  const body = { data: [{ id: model }], choices, facts: { ...facts, asked } };
  response.writeHead(isAllowed ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(body));
}).listen(Number(values["port"]), String(values["host"]), () => {
  console.log(`(APIServer pid=${process.pid}) INFO 11-23 17:45:46 [entry.py:140] Starting vLLM server on http://…`);
});
