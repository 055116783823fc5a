import { withLock } from "../with-lock.ts";

// Takes the lock that is named, says so, and keeps it until it is killed.
await withLock("python3", process.argv[2] ?? "", async () => {
  console.log("taken");
  await new Promise(() => setInterval(() => {}, 1000));
});
