import { ComputeTask } from "@rhapsody/core";
import { measureRate } from "../contender.ts";

await measureRate(async (count) => {
  const tasks = Array.from(
    { length: count },
    (_, index) => new ComputeTask({ executable: "/bin/echo", uid: `t.${index}` }),
  );
  if (tasks.length !== count) throw new Error("tasks are missing");
});
