/** An object without the fields that are `undefined`. */
export type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The object without its fields that are `undefined`, so that those of another one count. */
export function present<T extends object>(values: T): Present<T> {
  // The cast only says what the filter has done.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
