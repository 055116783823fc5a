import { measureRate } from "../contender.ts";

/** The least that could be done for tasks that are awaited: as many promises, settled one by one from a later turn. */
await measureRate(async (count) => {
  const promises: Promise<number>[] = [];
  const resolvers: ((value: number) => void)[] = [];
  for (let index = 0; index < count; index += 1) {
    const { promise, resolve } = Promise.withResolvers<number>();
    promises.push(promise);
    resolvers.push(resolve);
  }
  setImmediate(() => resolvers.forEach((resolve, index) => resolve(index)));
  const values = await Promise.all(promises);
  if (values.length !== count) throw new Error("values are missing");
});
