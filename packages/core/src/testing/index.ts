export { RecordingBackend, type RecordedAnswer, type RecordingBackendOptions } from "./recording-backend.ts";
