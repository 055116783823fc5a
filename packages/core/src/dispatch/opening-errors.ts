import { BackendError } from "../errors/backend-error.ts";

/** Why there is no opening any more. */
export function sessionClosed(backend: string): BackendError {
  return new BackendError("BACKEND_CLOSED", { backend, message: "the session is closed" });
}

/** What comes of an opening that did not end in time when its session closed. */
export function stillOpening(backend: string, graceMs: number): BackendError {
  const message = `was still being opened ${graceMs} ms after the session began to close; it is closed when that ends`;
  return new BackendError("BACKEND_UNAVAILABLE", { backend, message });
}
