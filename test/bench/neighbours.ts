/** The demo's Katello and Pulp in a process of their own, which prints their addresses and counts requests. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startDemoKatello } from "../../src/demo/katello.ts";
import { startDemoPulp } from "../../src/demo/pulp.ts";
import { DEMO_HOSTS, DEMO_USERS } from "../../src/demo/world.ts";

const [folder = "", delay = "0", contentOrigin = ""] = process.argv.slice(2);
const pem = (name: string): string => readFileSync(join(folder, name), "utf8");
const server = { cert: pem("server.crt"), key: pem("server.key") };
const ca = pem("ca.crt");

const katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
const pulp = await startDemoPulp({
  tls: { ca, ...server },
  delay: Number(delay),
  ...(contentOrigin === "" ? {} : { contentOrigin }),
});
const image = pulp.images.get("org/private-app");
const digest = image?.tags.get("1.0") ?? "";
const manifest: { layers: { digest: string }[] } = JSON.parse(
  image?.manifests.get(digest)?.body.toString() ?? "{}",
);

process.on("message", () => {
  process.send?.({ katello: katello.requests.length, pulp: pulp.requests.length });
  katello.clearRequests();
  pulp.requests.length = 0;
});
process.on("disconnect", () => process.exit());
process.send?.({
  katello: katello.origin,
  pulp: pulp.origin,
  manifest: digest,
  blob: manifest.layers[0]?.digest ?? "",
});
