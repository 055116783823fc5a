// A host with a prompt under way in a Dragon runtime, for a test that kills it.
import { chat, openScriptedDragon } from "./open-scripted-dragon.ts";

const { fleet } = await openScriptedDragon();
fleet.send(chat("never"), { onStart: () => console.log("asked") }).catch(() => {});
// Also while the bridge lets it go.
setInterval(() => {}, 60_000);
