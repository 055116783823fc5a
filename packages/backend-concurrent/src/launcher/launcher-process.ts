// The helper process of a launcher: the parent of all programs that it starts. Its host is at the other end of descriptor 3.
import { openKernel } from "./native/kernel.ts";
import { runNative } from "./native/run-native.ts";
import { runPortable } from "./portable/run-portable.ts";
import { CONTROL_FD, type EngineChoice } from "./protocol/message.ts";

process.title = "rhapsody-launcher";
// The host passes one of these, and nothing else starts this file.
const choice = process.argv[2] as EngineChoice;

if (choice === "portable") {
  runPortable(CONTROL_FD, "asked for");
} else {
  const kernel = await openKernel().catch((error: unknown) => {
    if (choice === "native") throw error;
    return error instanceof Error ? error.message : String(error);
  });
  if (typeof kernel === "string") runPortable(CONTROL_FD, kernel);
  else runNative(kernel, CONTROL_FD);
}
