import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { expect, it } from "vitest";
import { readConfigFile } from "./read-config-file.ts";

function write(text: string, name = "serve.yaml"): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, text);
  return path;
}

it.each([
  ["nothing", "", {}],
  [
    "its arguments",
    "model: m\nhost: ::1\nport: 81\ntensor_parallel_size: 2\n",
    { model: "m", host: "::1", port: 81, tpSize: 2 },
  ],
  ["lists and mappings", "lora-modules: [a, b]\ncompilation-config:\n  level: 3\nenforce-eager: true\n", {}],
])("reads %s", async (_title, text, expected) => {
  expect(await readConfigFile(write(text))).toEqual(expected);
});

it.each([
  ["no mapping", "- model\n", /must be a mapping/],
  ["bad YAML", "model: [\n", /configFile .*serve\.yaml: /],
  ["a key twice", "model: a\nmodel: b\n", /unique/],
  ["a missing value", "seed:\n", /seed.*leave the line out|leave the line out.*seed/s],
  ["dashes before a name", "--model: m\n", /without the dashes/],
  ["a port that is none", "port: 99999\n", /65535/],
  ["a socket that is not asked", "uds: /tmp/socket\n", /plain HTTP.*at uds/s],
  ["a key", "api_key: secret\n", /^(?!.*secret).*use the option apiKey/s],
])("refuses %s", async (_title, text, message) => {
  await expect(readConfigFile(write(text))).rejects.toMatchObject({
    code: "INVALID_OPTIONS",
    message: expect.stringMatching(message) as string,
  });
});

it("refuses a file that is not there, or that vLLM would not read", async () => {
  await expect(readConfigFile("/nowhere/serve.yaml")).rejects.toThrow(/configFile \/nowhere\/serve\.yaml: ENOENT/);
  await expect(readConfigFile(write("", "serve.json"))).rejects.toThrow(/\.yaml or \.yml/);
});
