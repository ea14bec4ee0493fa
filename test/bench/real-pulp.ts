/** Pulls from a real Pulp: the section "A real Pulp" of docs/benchmarks.md. Runs as root on Debian 12, as `npm run test:pulp`. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startRealPulp } from "../pulp/pulp-server.ts";
import { type RealPulp, realPulp } from "../pulp/target.ts";
import { writeLayeredImage } from "./layered-image.ts";
import { load } from "./load.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, type Neighbours, PullWorld } from "./pull-world.ts";
import { APP, bearer, differentAccepts } from "./pulls.ts";

const execute = promisify(execFile);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const SECONDS = 6;
const LAYERS = 10;
const PULLS = 50;
const IMAGE = "org/private-app:layers";

const settingsOf = ({ origin, file }: RealPulp) => ({
  pulp_endpoint: origin,
  pulp_client_ssl_ca: file("ca.crt"),
  pulp_client_ssl_cert: file("client.crt"),
  pulp_client_ssl_key: file("client.key"),
});

/** The certificates of a yardstick with the real Pulp. */
function yardstickFolder(world: PullWorld, pulp: RealPulp): string {
  const folder = join(world.folder, "real");
  mkdirSync(folder);
  for (const name of ["server.crt", "server.key"]) copyFileSync(join(world.folder, name), join(folder, name));
  copyFileSync(pulp.file("ca.crt"), join(folder, "ca.crt"));
  copyFileSync(pulp.file("client.crt"), join(folder, "gateway.crt"));
  copyFileSync(pulp.file("client.key"), join(folder, "gateway.key"));
  writeFileSync(
    join(folder, "client.pem"),
    `${readFileSync(pulp.file("client.crt"), "utf8").trim()}\n${readFileSync(pulp.file("client.key"), "utf8")}`,
  );
  return folder;
}

async function rates(
  world: PullWorld,
  neighbours: Neighbours,
  pulp: RealPulp,
  warm: BenchGateway,
): Promise<string[][]> {
  const folder = yardstickFolder(world, pulp);
  const cold = await world.gateway(neighbours, { ...settingsOf(pulp), redirect_ttl: 0, tag_ttl: 0 });
  const pass = await world.yardstick("pass", pulp.origin, folder);
  const script = differentAccepts(world.folder);
  const straight = `${pulp.origin}/pulpcore_registry${APP}/manifests/1.0`;
  const measured = [
    [
      "directly from Pulp's Apache",
      await load({ url: straight, certificate: join(folder, "client.pem"), seconds: SECONDS }),
    ],
    ["through a plain Node.js pass-through", await load({ url: pass.http, script, seconds: SECONDS })],
    [
      "through the gateway, uncached, each request different",
      await load({ url: cold.http, headers: bearer(cold), script, seconds: SECONDS }),
    ],
    [
      "through the gateway, cached",
      await load({ url: `${warm.http}${APP}/manifests/1.0`, headers: bearer(warm), seconds: SECONDS }),
    ],
  ] as const;
  return measured.map(([way, { rate, p99 }]) => [way, rate.toFixed(0), p99.toFixed(1)]);
}

async function push(world: PullWorld, pulp: RealPulp): Promise<void> {
  const layout = join(world.folder, "layout");
  await writeLayeredImage(layout, LAYERS);
  const { hostname, port } = new URL(pulp.origin);
  const door = `${hostname}:${Number(port) + 2}`;
  const copy = ["--insecure-policy", "copy", "-q", "--dest-cert-dir", pulp.file("docker")];
  await execute("skopeo", [...copy, `oci:${layout}:layers`, `docker://${door}/${IMAGE}`]);
}

/** One pull into its own storage. */
async function pull(world: PullWorld, gateway: BenchGateway, index: number): Promise<void> {
  const folder = join(world.folder, `podman-${index}`);
  const trust = join(world.folder, "trust");
  const policy = join(world.folder, "policy.json");
  const auth = join(world.folder, "auth.json");
  const storage = ["--storage-driver=vfs", "--root", join(folder, "root"), "--runroot", join(folder, "run")];
  const what = `${new URL(gateway.https).host}/${IMAGE}`;
  await execute("podman", [
    ...storage,
    "pull",
    "-q",
    "--cert-dir",
    trust,
    "--authfile",
    auth,
    "--signature-policy",
    policy,
    what,
  ]);
}

async function crowd(world: PullWorld, pulp: RealPulp, gateway: BenchGateway): Promise<string[][]> {
  await push(world, pulp);
  mkdirSync(join(world.folder, "trust"));
  copyFileSync(join(world.folder, "ca.crt"), join(world.folder, "trust", "ca.crt"));
  copyFileSync(pulp.file("ca.crt"), join(world.folder, "trust", "pulp.crt"));
  writeFileSync(join(world.folder, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const auth = Buffer.from("alice:secret").toString("base64");
  writeFileSync(
    join(world.folder, "auth.json"),
    JSON.stringify({ auths: { [new URL(gateway.https).host]: { auth } } }),
  );
  const log = join(dirname(pulp.file("x")), "..", "log", "api.access");
  const asked = () =>
    readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.includes(APP)).length;
  const before = asked();
  const started = performance.now();
  const pulls = await Promise.allSettled(
    Array.from({ length: PULLS }, (_, index) => pull(world, gateway, index)),
  );
  const [failed] = pulls.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (failed !== undefined) throw failed;
  const seconds = (performance.now() - started) / 1000;
  return [
    [
      `${PULLS} concurrent podman pulls of an image with ${LAYERS} layers`,
      `${seconds.toFixed(0)} s`,
      `${asked() - before}`,
    ],
  ];
}

/** Runs the bench and writes the section. */
export async function besideRealPulp(): Promise<void> {
  const stop = await startRealPulp();
  const world = await PullWorld.open();
  try {
    const pulp = await realPulp();
    const neighbours = await world.neighbours();
    const gateway = await world.gateway(neighbours, settingsOf(pulp));
    const speeds = await rates(world, neighbours, pulp, gateway);
    const crowds = await crowd(world, pulp, gateway);
    for (const row of [...speeds, ...crowds]) say(row.join(" | "));
    writeSection(
      "A real Pulp",
      `\`npm run bench -- real-pulp\`, all on one machine: ${machine([`pulp_container ${pulp.version}`])}. Pulp has two workers
and no redis, as on a small Smart Proxy.

${table(["Manifest by tag, 32 concurrent requests", "Requests per second", "p99, ms"], speeds)}

${table(["Work", "Time", "Requests that reached Pulp's registry"], crowds)}`,
    );
  } finally {
    await world.close();
    await stop();
  }
}
