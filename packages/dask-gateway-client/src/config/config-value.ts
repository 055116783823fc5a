/** A part of Dask's configuration: a mapping, or what it leads to. */
export type ConfigValue = unknown;

/** A mapping of Dask's configuration. */
export type ConfigMap = Readonly<Record<string, ConfigValue>>;

/** Whether a value is a mapping. */
export function isConfigMap(value: ConfigValue): value is ConfigMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The key as the mapping has it: for Dask `-` and `_` are the same. */
function keyIn(map: ConfigMap, key: string): string {
  if (Object.hasOwn(map, key)) return key;
  const other = key.includes("_") ? key.replaceAll("_", "-") : key.replaceAll("-", "_");
  return Object.hasOwn(map, other) ? other : key;
}

/** The value below a key, or `undefined`. */
export function valueOf(map: ConfigValue, key: string): ConfigValue {
  if (!isConfigMap(map)) return undefined;
  const own = keyIn(map, key);
  return Object.hasOwn(map, own) ? map[own] : undefined;
}

/** Both mappings, the second before the first, down to their values; as `dask.config.merge`. */
export function mergeConfig(first: ConfigMap, second: ConfigMap): ConfigMap {
  const merged = new Map(Object.entries(first));
  for (const [key, value] of Object.entries(second)) {
    const own = keyIn(first, key);
    const old = merged.get(own);
    merged.set(own, isConfigMap(value) ? mergeConfig(isConfigMap(old) ? old : {}, value) : value);
  }
  return Object.fromEntries(merged);
}
