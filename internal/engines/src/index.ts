export { type Gateway, type GatewayOptions, startGateway } from "./dask/gateway.ts";
export { type Scheduler, type SchedulerOptions, startScheduler, type TlsFiles } from "./dask/scheduler.ts";
export { startWorkers, type Worker, type Workers, type WorkersOptions } from "./dask/workers.ts";
export { enginePython, type EnginePythonOptions } from "./engine-python.ts";
export { type Environment, type EnvironmentName, ENVIRONMENTS, GATE_ENVIRONMENTS } from "./environments.ts";
export { sharedVllm } from "./vllm/shared-vllm.ts";
export {
  type OwnVllm,
  startVllm,
  tinyModel,
  type Vllm,
  VLLM_ARGUMENTS,
  VLLM_ENVIRONMENT,
  VLLM_START_MS,
  type VllmOptions,
  vllmProgram,
} from "./vllm/vllm.ts";
