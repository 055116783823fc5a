/** How the engine behind a backend is doing. What it does not know is absent. */
export interface EngineFacts {
  /** Processes, or nodes, on which it runs tasks now. */
  readonly workers?: number;
  /** Tasks that its workers can run at a time. */
  readonly threads?: number;
  /** Memory that its workers use, in bytes. */
  readonly memoryBytes?: number;
  /** Memory that its workers may use, in bytes. */
  readonly memoryLimitBytes?: number;
  /** How many tasks it has in each of its own states, by the engine's names. */
  readonly tasks?: Readonly<Record<string, number>>;
  /** Anything else that it tells, as plain data; means what the backend's documentation says. */
  readonly details?: Readonly<Record<string, unknown>>;
}
