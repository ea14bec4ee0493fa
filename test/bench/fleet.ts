/**
 * Nodes of a pool that pull an image at the same time: the section "Fleet" of docs/benchmarks.md. Each pull is a new TLS
 * connection and 16 requests. Servers have one core, the nodes the other one.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import { startNginx } from "../clients/nginx.ts";
import { costs } from "./fleet/costs.ts";
import {
  buildGenerator,
  pinToFirstCore,
  type Result,
  runGenerator,
  type Sent,
  type Server,
} from "./fleet/generator.ts";
import { type PullRequests, pullOf, requestsOf } from "./fleet/pull.ts";
import { median } from "./median.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, type Neighbours, PullWorld, type StartGateway } from "./pull-world.ts";
import { otherCommit, otherVersion, servingPids } from "./versions.ts";

const ROUNDS = 3;
const SECONDS = 5;
/** Concurrent pulls of the comparison, and nodes that start at once. */
const NODES = 32;
const BURST = 3_000;
const KINDS = ["RSA", "ECDSA"] as const;

type Kind = (typeof KINDS)[number];

/** A server with the requests that it gets. */
interface Measured extends Server {
  readonly kinds: PullRequests;
}

/** Connections that the kernel dropped because a listener accepted too slowly. */
function listenOverflows(): number {
  const [names = [], values = []] = readFileSync("/proc/net/netstat", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("TcpExt:"))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("ListenOverflows")]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Writes a certificate of a kind, as `server.crt` and `server.key` in a folder of its own. */
async function writeCertificate(world: PullWorld, kind: Kind): Promise<string> {
  const folder = join(world.folder, kind);
  mkdirSync(folder);
  const key = kind === "RSA" ? ({ keyType: "rsa", keySize: 2048 } as const) : ({ keyType: "ec" } as const);
  const { cert, private: pem } = await generate([{ name: "commonName", value: "localhost" }], {
    ...key,
    algorithm: "sha256",
  });
  writeFileSync(join(folder, "server.crt"), cert);
  writeFileSync(join(folder, "server.key"), pem);
  writeFileSync(join(folder, "ca.crt"), cert);
  return folder;
}

const portOf = (url: string): number => Number(new URL(url).port);

const nginxConfiguration = (port: number, folder: string): string => `
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_certificate ${folder}/server.crt;
    ssl_certificate_key ${folder}/server.key;
    ssl_session_cache off;
    ssl_session_tickets off;
    keepalive_requests 1000;
    default_type application/json;
    location = /v2/ { return 401 '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":{}}]}'; }
    location = /v2/token { return 200 '{"token":"${"t".repeat(60)}","access_token":"${"t".repeat(60)}","expires_in":3600}'; }
    location ~ /manifests/ { return 200 '${"m".repeat(2_000)}'; }
    location ~ /blobs/ { return 302 https://pulp.example.org/pulp/container/org/app/blobs/sha256:${"0".repeat(64)}?expires=1&validate_token=a:b; }
  }`;

/** Measures servers in turn, and returns their pulls per second and the median of their 99th percentiles. */
async function inTurn(
  program: string,
  servers: Readonly<Record<string, Measured>>,
  pullBy: (kinds: PullRequests) => readonly Sent[],
): Promise<Record<string, { readonly rate: number; readonly p99: number }>> {
  const results: Record<string, Result[]> = {};
  for (const [name, server] of Object.entries(servers)) {
    pinToFirstCore(server.pids);
    await runGenerator(program, server, { requests: pullBy(server.kinds), nodes: NODES, seconds: 1 });
    results[name] = [];
  }
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, server] of Object.entries(servers)) {
      const requests = pullBy(server.kinds);
      results[name]?.push(await runGenerator(program, server, { requests, nodes: NODES, seconds: SECONDS }));
    }
  return Object.fromEntries(
    Object.entries(results).map(([name, all]) => [
      name,
      {
        rate: median(all.map(({ pulls, seconds }) => pulls / seconds)),
        p99: median(all.map(({ p99_ms }) => p99_ms)),
      },
    ]),
  );
}

const rowOf = (
  work: string,
  goal: string,
  rates: Readonly<Record<string, { readonly rate: number; readonly p99: number }>>,
): readonly string[] => {
  const { gateway, bare, nginx, other } = rates;
  const ours = gateway?.rate ?? Number.NaN;
  const times = (other = Number.NaN) => `${(ours / other).toFixed(2)} x`;
  const figure = (one = Number.NaN) => Math.round(one).toLocaleString("en");
  return [
    work,
    goal,
    times(bare?.rate),
    times(nginx?.rate),
    ...(other === undefined ? [] : [times(other.rate)]),
    `${figure(ours)}/s, p99 ${gateway?.p99.toFixed(0)} ms; Node.js ${figure(bare?.rate)}/s; nginx ${figure(nginx?.rate)}/s${other === undefined ? "" : `; before ${figure(other.rate)}/s`}`,
  ];
};

const serverOf = (gateway: BenchGateway, kinds: PullRequests): Measured => ({
  port: portOf(gateway.https),
  pids: servingPids(gateway),
  kinds,
});

/** Starts a gateway of the other version. */
async function otherServer(
  world: PullWorld,
  neighbours: Neighbours,
  settings: Readonly<Record<string, unknown>>,
  start: StartGateway,
): Promise<Measured> {
  const gateway = await world.gateway(neighbours, settings, undefined, start);
  return serverOf(gateway, requestsOf(gateway, neighbours));
}

/** Runs the bench and writes the section; with BENCH_OTHER it measures the gateway of that version, too. */
export async function fleet(): Promise<void> {
  const start = process.env.BENCH_OTHER === undefined ? undefined : await otherVersion();
  const world = await PullWorld.open();
  const rows: (readonly string[])[] = [];
  let burst = "";
  let costRows: string[][] = [];
  try {
    const program = buildGenerator(world.folder);
    const neighbours = await world.neighbours();
    for (const kind of KINDS) {
      const folder = await writeCertificate(world, kind);
      const files = { ssl_certificate: `${folder}/server.crt`, ssl_private_key: `${folder}/server.key` };
      const gateway = await world.gateway(neighbours, files);
      const bare = await world.yardstick("registry", "", folder);
      const port = await freePort();
      const nginx = await startNginx(nginxConfiguration(port, folder), port);
      const kinds = requestsOf(gateway, neighbours);
      const servers = {
        gateway: serverOf(gateway, kinds),
        ...(start === undefined ? {} : { other: await otherServer(world, neighbours, files, start) }),
        bare: { port: portOf(bare.https), pids: [bare.pid], kinds },
        nginx: { port, pids: nginx.pids(), kinds },
      };
      const whole = kind === "RSA" ? ">= 0.75 x Node.js" : ">= 0.9 x Node.js";
      rows.push(rowOf(`whole pull, ${kind}`, whole, await inTurn(program, servers, pullOf)));
      rows.push(
        rowOf(
          `connection with one request, ${kind}`,
          ">= 0.95 x Node.js",
          await inTurn(program, servers, ({ layer }) => [layer]),
        ),
      );
      if (kind === "RSA") {
        costRows = await costs(program, servers, kinds);
        const before = listenOverflows();
        const all = await runGenerator(program, servers.gateway, {
          requests: pullOf(kinds),
          nodes: BURST,
          pulls: BURST,
        });
        const rate = Math.round(all.pulls / all.seconds);
        burst = `${BURST.toLocaleString("en")} nodes at once, RSA: ${rate} pulls/s, median ${(all.p50_ms / 1000).toFixed(1)} s, p99 ${(all.p99_ms / 1000).toFixed(1)} s, ${listenOverflows() - before} listen overflows, 0 failed.`;
      }
      await nginx.stop();
    }
    const version = execFileSync("sh", ["-c", "nginx -v 2>&1"], { encoding: "utf8" })
      .trim()
      .split("/")
      .at(-1);
    writeSection(
      "Fleet",
      `\`npm run bench -- fleet\`: each pull is a new TLS connection without a resumed session and 16 requests on it: 401, token, HEAD and GET by tag,
GET by digest, configuration and ten layers. ${NODES} nodes at a time, each with an address of its own, medians of ${ROUNDS} rounds of ${SECONDS} s in turn. One process on one core, the load generator on
the other. Yardsticks: Node.js and nginx with constant replies and the same certificate. ${machine([`nginx ${version}`])}.

${table(["Work", "Goal", "to Node.js", "to nginx", ...(start === undefined ? [] : [`to ${otherCommit()}`]), "Detail"], rows)}

${burst}

What each request of a pull costs, in microseconds of processor time, with an RSA certificate; "connection" is all that a connection costs beside
its requests.

${table(["Request", "Gateway", "Node.js"], costRows)}`,
    );
  } finally {
    await world.close();
  }
}
