export { RecordingBackend, type RecordingBackendOptions } from "./recording-backend.ts";
