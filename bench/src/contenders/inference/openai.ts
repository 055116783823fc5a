import { measureRate } from "../contender.ts";
import { openOpenAI } from "./clients/openai.ts";

await using client = openOpenAI();
await measureRate((count) => client.ask(count));
