// Sets up environments ahead: pnpm engines [name ...], by default what the gates need. Makes new pins: pnpm engines lock [name ...], by default of all.
import { enginePython } from "./engine-python.ts";
import { ENVIRONMENT_NAMES, type EnvironmentName, GATE_ENVIRONMENTS } from "./environments.ts";
import { lock } from "./lock.ts";

const locking = process.argv[2] === "lock";
const names = process.argv.slice(locking ? 3 : 2);
const unknown = names.find((name) => !isEnvironment(name));
if (unknown !== undefined) {
  console.error(`there is no environment ${unknown}, only ${ENVIRONMENT_NAMES.join(", ")}`);
  process.exit(2);
}
const byDefault = locking ? ENVIRONMENT_NAMES : GATE_ENVIRONMENTS;
for (const name of names.length === 0 ? byDefault : names.filter(isEnvironment)) {
  if (locking) await lock(name);
  else console.log(`${name}: ${await enginePython(name)}`);
}

function isEnvironment(name: string): name is EnvironmentName {
  return ENVIRONMENT_NAMES.some((known) => known === name);
}
