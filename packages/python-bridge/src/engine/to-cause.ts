/** What a Python function raised, as an error: `name` is the exception's type, `stack` Python's traceback. */
export function toCause(raised: unknown): unknown {
  if (typeof raised !== "object" || raised === null) return raised;
  const { name, module, message, traceback } = raised as Readonly<Record<string, unknown>>;
  if (typeof name !== "string") return raised;
  const cause = new Error(typeof message === "string" ? message : "");
  const stack = typeof traceback === "string" ? traceback : `${name}: ${cause.message}`;
  for (const [key, value] of Object.entries({ name, stack })) {
    Object.defineProperty(cause, key, { value, writable: true, configurable: true });
  }
  return typeof module === "string" ? Object.assign(cause, { module }) : cause;
}
