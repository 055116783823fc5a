import { startVllm } from "../index.ts";

// Starts a server, says where it is, and waits to be killed.
const { url, model, pid } = await startVllm();
console.log(JSON.stringify({ url, model, pid }));
setInterval(() => {}, 1000);
