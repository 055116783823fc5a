export { type Gateway, type GatewayOptions, startGateway } from "./dask/gateway.ts";
export { type Scheduler, type SchedulerOptions, startScheduler, type TlsFiles } from "./dask/scheduler.ts";
export { startWorkers, type Worker, type Workers, type WorkersOptions } from "./dask/workers.ts";
export { enginePython, type EnginePythonOptions } from "./engine-python.ts";
export { type Environment, type EnvironmentName, ENVIRONMENTS } from "./environments.ts";
