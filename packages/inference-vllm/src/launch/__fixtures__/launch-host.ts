import { parseLaunchOptions } from "../launch-options.ts";
import { VllmLauncher } from "../vllm-launcher.ts";
import { Hearing } from "./heard.ts";

// Launches servers by the options in its first argument, with logs in the directory of the second, prints what it hears, and waits to be killed.
const [options = "{}", directory = ""] = process.argv.slice(2);
// What the test wrote.
const settings = parseLaunchOptions("host", JSON.parse(options) as object);
const launcher = new VllmLauncher(settings, { backend: "host", directory });
const hearing = new Hearing((heard) => console.log(JSON.stringify(heard)));
await launcher.start(hearing, new AbortController().signal);
setInterval(() => {}, 1000);
