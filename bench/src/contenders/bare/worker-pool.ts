import { Tinypool } from "tinypool";
import { measureRate, readSettings } from "../contender.ts";

const { parallelism } = readSettings();
const pool = new Tinypool({
  filename: new URL("../work/identity.ts", import.meta.url).href,
  minThreads: parallelism,
  maxThreads: parallelism,
});

await measureRate(async (tasks) => {
  const values = await Promise.all(
    Array.from({ length: tasks }, (_, index) => pool.run(index, { name: "identity" }) as Promise<number>),
  );
  if (values.some((value, index) => value !== index)) throw new Error("values are wrong");
});
await pool.destroy();
