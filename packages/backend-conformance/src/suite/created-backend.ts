import type { Backend } from "@rhapsody/core";

/** A backend under test, with what was set up for it. */
export interface CreatedBackend {
  readonly backend: Backend;
  /** Takes down what was set up; called once the backend is closed and the test is over. */
  cleanup?(): void | Promise<void>;
}

/** Builds a fresh backend that was never opened; called once for each test, and once to read the capabilities. */
export type CreateBackend = () => Backend | CreatedBackend | Promise<Backend | CreatedBackend>;

/** Calls `createBackend` and brings both of its forms to one. */
export async function create(createBackend: CreateBackend): Promise<CreatedBackend> {
  const created = await createBackend();
  return "backend" in created ? created : { backend: created };
}
