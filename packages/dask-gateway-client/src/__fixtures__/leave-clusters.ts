// A program that ends, as its first argument says, while a cluster of it still runs. Prints the cluster's name.
import { DaskGatewayClient } from "../index.ts";

const [how, address = "", password = ""] = process.argv.slice(2);
const client = new DaskGatewayClient({ address, auth: { kind: "basic", username: "leaver", password } });
const cluster = await client.newCluster();
process.stdout.write(`${cluster.name}\n`);
if (how === "exit") process.exit(3);
if (how === "throw") throw new Error("a mistake");
