import { measureRate } from "../contender.ts";
import { openTasks } from "./clients/tasks.ts";

await using client = openTasks();
await measureRate((count) => client.ask(count));
