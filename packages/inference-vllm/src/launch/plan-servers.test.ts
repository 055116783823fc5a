import { expect, it } from "vitest";
import { type LaunchOptions, parseLaunchOptions } from "./launch-options.ts";
import { planServers, serveArguments, visibleDevices } from "./plan-servers.ts";

const settingsOf = (options: LaunchOptions) => parseLaunchOptions("test", { model: "m", ...options });
const launch = () => ({ command: [], host: "h" });

it.each<readonly [string, LaunchOptions, object, readonly object[]]>([
  ["one server", {}, {}, [{ name: "replica-0", node: 0 }]],
  ["as many as there are GPUs for", { numGpus: 5, tpSize: 2 }, {}, [{ gpus: [0, 1] }, { gpus: [2, 3] }]],
  ["as the file says", { numGpus: 4 }, { tpSize: 4, port: 81 }, [{ gpus: [0, 1, 2, 3], port: 81 }]],
  ["fewer when they are counted", { numGpus: 4, replicas: 1, gpuOffset: 2 }, {}, [{ gpus: [2] }]],
  ["without GPUs", { numGpus: 0, replicas: 2 }, {}, [{ name: "replica-0" }, { name: "replica-1" }]],
  [
    "on each node",
    { numNodes: 2, offset: 1, numGpus: 2, port: 80, launch },
    {},
    [
      { name: "replica-0", node: 1, gpus: [0], port: 80 },
      { name: "replica-1", node: 1, gpus: [1], port: 81 },
      { name: "replica-2", node: 2, gpus: [0], port: 80 },
      { name: "replica-3", node: 2, gpus: [1], port: 81 },
    ],
  ],
])("plans %s", (_title, options, configuration, expected) => {
  const plans = planServers(settingsOf(options), configuration);

  expect(plans).toMatchObject(expected);
  expect(plans).toHaveLength(expected.length);
  expect(plans.some(({ gpus }) => gpus !== undefined)).toBe(expected.some((plan) => "gpus" in plan));
});

it.each<readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
  ["numbers where nobody chose", {}, { CUDA_VISIBLE_DEVICES: "1,2" }],
  ["of those that a scheduler chose", { CUDA_VISIBLE_DEVICES: "7,5,3" }, { CUDA_VISIBLE_DEVICES: "5,3" }],
  ["by the variable of its vendor", { ROCR_VISIBLE_DEVICES: "4,5,6" }, { ROCR_VISIBLE_DEVICES: "5,6" }],
])("names GPUs: %s", (_title, environment, expected) => {
  expect(visibleDevices([1, 2], environment)).toEqual(expected);
});

it.each<readonly [string, LaunchOptions, readonly string[]]>([
  ["a model", { model: "m" }, ["serve", "m", "--host", "h", "--port", "1", "--disable-uvicorn-access-log"]],
  ["a name for it", { model: "m", modelName: "n" }, ["--served-model-name", "n"]],
  ["a model by its name", { model: undefined, modelName: "n" }, ["serve", "n"]],
  ["a file", { configFile: "c.yaml", tpSize: 2 }, ["--config", "c.yaml", "--tensor-parallel-size", "2"]],
  ["more", { extraArguments: ["--seed", "1"] }, ["--seed", "1"]],
])("makes arguments of %s", (_title, options, expected) => {
  expect(serveArguments(settingsOf(options), { port: 1, host: "h" })).toEqual(expect.arrayContaining([...expected]));
});

it.each<readonly [string, LaunchOptions, RegExp]>([
  ["no model", { model: undefined }, /name a model to serve/],
  ["several nodes without a launch", { numNodes: 2 }, /give launch/],
  ["too few GPUs", { numGpus: 3, tpSize: 2, replicas: 2 }, /2 servers on 2 GPUs each need 4, not 3/],
  ["an offset among unknown GPUs", { gpuOffset: 1 }, /say with numGpus/],
  [
    "a key in the arguments",
    { extraArguments: ["--api-key=secret"] },
    /^(?!.*secret).*api-key.*use the option apiKey/s,
  ],
  ["a port in the arguments", { extraArguments: ["--port", "8001"] }, /port is given by the option port/],
  ["an option of ours as vLLM abbreviates it", { extraArguments: ["-tp=2"] }, /tp is given by the option tpSize/],
  ["a server that answers elsewhere", { extraArguments: ["--ssl_keyfile=k"] }, /ssl_keyfile is not possible/],
  ["more time than a timer knows", { startTimeoutMs: 1e10 }, /24 days.*startTimeoutMs/s],
  ["a part of a millisecond", { hangTimeoutMs: 0.5 }, /int.*hangTimeoutMs/s],
  ["a name that is none", { tpsize: 2 } as LaunchOptions, /tpsize/],
])("refuses %s", (_title, options, message) => {
  expect(() => settingsOf(options)).toThrow(message);
});
