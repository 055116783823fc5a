export { type CallOptions, type EngineHandle, type EngineOptions, type EngineTask } from "./engine/engine-options.ts";
export { openEngine } from "./engine/open-engine.ts";
export { commonWork, toEngineTask, type Surroundings } from "./engine/to-engine-task.ts";
export { findPython, type FindPythonOptions } from "./python/find-python.ts";
export type { PythonInstallation, PythonRequirement } from "./python/python-requirement.ts";
export type { SidecarCommand } from "./sidecar/sidecar-command.ts";
export { decodeValue } from "./values/decode-value.ts";
export { encodeValue } from "./values/encode-value.ts";
export { ValueError } from "./values/value-error.ts";
