import { startGateway, startScheduler, startWorkers } from "../index.ts";

// Starts one of each, says their processes, and waits to be killed.
const gateway = await startGateway();
const scheduler = await startScheduler();
const workers = await startWorkers({ scheduler });
console.log(JSON.stringify([gateway.pid, scheduler.pid, ...workers.all.map(({ pid }) => pid)]));
setInterval(() => {}, 1000);
