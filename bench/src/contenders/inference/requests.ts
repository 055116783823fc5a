import { measureRate } from "../contender.ts";
import { openRequests } from "./clients/requests.ts";

await using client = openRequests();
await measureRate((count) => client.ask(count));
