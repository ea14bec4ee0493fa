/** Pulls and logins: the section "Pulls" of docs/benchmarks.md. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { type Load, load, type Rate } from "./load.ts";
import { median } from "./median.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchGateway, type Neighbours, type Place, PullWorld } from "./pull-world.ts";

/** Rounds of a comparison, and seconds of each load. */
export const ROUNDS = 3;
export const SECONDS = 3;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const rounded = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 0 });

/** A row of the table: the work, the goal and the result. */
export type Row = readonly [work: string, goal: string, figure: string, detail: string];

interface Pair {
  readonly ratio: number;
  readonly ours: Rate;
  readonly theirs: Rate;
}

const both = (rates: readonly Rate[]): Rate => ({
  rate: median(rates.map(({ rate }) => rate)),
  p99: median(rates.map(({ p99 }) => p99)),
  share: median(rates.map(({ share }) => share)),
});

/** Measures the gateway and the yardstick in turn, so that changes of the machine's speed affect both. */
async function compare(ours: Omit<Load, "seconds">, theirs: Omit<Load, "seconds">): Promise<Pair> {
  await load({ ...ours, seconds: 1 });
  await load({ ...theirs, seconds: 1 });
  const rounds: [Rate, Rate][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push([await load({ ...ours, seconds: SECONDS }), await load({ ...theirs, seconds: SECONDS })]);
  }
  return {
    ratio: median(rounds.map(([a, b]) => a.rate / b.rate)),
    ours: both(rounds.map(([a]) => a)),
    theirs: both(rounds.map(([, b]) => b)),
  };
}

const detail = ({ ours, theirs }: Pair): string =>
  `${rounded(ours.rate)}/s against ${rounded(theirs.rate)}/s; p99 ${ours.p99.toFixed(1)} against ${theirs.p99.toFixed(1)} ms`;

/** Compares, and makes a row of it. */
export async function compared(
  work: string,
  goal: string,
  ours: Omit<Load, "seconds">,
  theirs: Omit<Load, "seconds">,
): Promise<Row> {
  const pair = await compare(ours, theirs);
  const row: Row = [work, goal, `${pair.ratio.toFixed(2)} x`, detail(pair)];
  say(row.join(" | "));
  return row;
}

/** Headers with the token of a gateway's user. */
export const bearer = ({ token }: BenchGateway) => ({ authorization: `Bearer ${token}` });
/** A repository that only its user may pull. */
export const APP = "/v2/org/private-app";

/** @returns path of a script for wrk that asks for a tag with a different `Accept` in each request */
export function differentAccepts(folder: string): string {
  const script = join(folder, "different.lua");
  writeFileSync(
    script,
    `local n = 0
     request = function()
       n = n + 1
       wrk.headers["Accept"] = "application/vnd.oci.image.manifest.v1+json, x/" .. n
       return wrk.format("GET", "${APP}/manifests/1.0")
     end`,
  );
  return script;
}

async function redirects(
  world: PullWorld,
  neighbours: Neighbours,
  gateway: BenchGateway,
  pass: Place,
): Promise<Row[]> {
  const blob = `${APP}/blobs/${neighbours.blob}`;
  const manifest = `${APP}/manifests/${neighbours.manifest}`;
  const certificate = join(world.folder, "host.pem");
  const cold = await world.gateway(neighbours, { redirect_ttl: 0, tag_ttl: 0 });
  const bare = await world.yardstick("bare", "");
  const script = differentAccepts(world.folder);
  const headers = bearer(gateway);
  return [
    await compared(
      "private blob redirect with Bearer, cached",
      ">= 1.0 x pass-through, p99 no worse",
      { url: gateway.http + blob, headers },
      { url: pass.http + blob },
    ),
    await compared(
      "the same against bare",
      "-",
      { url: gateway.http + blob, headers },
      { url: bare.http + blob },
    ),
    await compared(
      "the same, host certificate over kept-alive TLS",
      ">= 0.8 x pass-through over TLS",
      { url: gateway.https + blob, certificate },
      { url: pass.https + blob, certificate },
    ),
    await compared(
      "manifest by digest, cached (2 kB, 200)",
      ">= 1.0 x pass-through of the same manifest",
      { url: gateway.http + manifest, headers },
      { url: pass.http + manifest },
    ),
    await compared(
      "manifest by tag, uncached, a different `Accept` in each request",
      ">= 0.6 x pass-through",
      { url: cold.http, headers: bearer(cold), script },
      { url: pass.http, script },
    ),
  ];
}

async function farPulp(world: PullWorld): Promise<Row> {
  const far = await world.neighbours(20);
  const gateway = await world.gateway(far);
  const pass = await world.yardstick("pass", far.pulp);
  const blob = `${APP}/blobs/${far.blob}`;
  return compared(
    "Pulp 20 ms away, cached",
    ">= 10 x pass-through",
    { url: gateway.http + blob, headers: bearer(gateway) },
    { url: pass.http + blob },
  );
}

/** 5,000 repositories, of which alice may pull 998, and her two of the demo. */
export const MANY_REPOSITORIES = `
  INSERT INTO repositories (name, auth_required) SELECT 'org/many/repo-' || n, true FROM generate_series(1, 5000) n;
  INSERT INTO repositories_users (repository_id, user_id)
    SELECT r.id, u.id FROM repositories r, users u WHERE r.name LIKE 'org/many/%' AND u.name = 'alice' ORDER BY r.id LIMIT 998;
  SELECT pg_notify('container_gateway', 'repositories *'), pg_notify('container_gateway', 'users *')`;

async function catalogue(world: PullWorld, neighbours: Neighbours): Promise<Row> {
  const gateway = await world.gateway(neighbours);
  await gateway.sql(MANY_REPOSITORIES);
  const url = `${gateway.http}/v2/_catalog`;
  const answer = await fetch(url, { headers: bearer(gateway) });
  const text = await answer.text();
  const bytes = await world.yardstick("bytes", String(text.length));
  return compared(
    "`_catalog`, 1,000 of 5,000 repositories visible",
    ">= 0.2 x bare Node.js writing the same bytes",
    { url, headers: bearer(gateway) },
    { url: bytes.http },
  );
}

/** Counts of concurrent requests, of those that reached the upstreams, and their times. */
interface Crowds {
  readonly loginFailures: number;
  readonly toKatello: number;
  readonly loginSeconds: number;
  readonly tagFailures: number;
  readonly toPulp: number;
  readonly tagSeconds: number;
}

/** Sends 1,000 logins of one user at once, and then 500 requests for a tag that is not cached. */
export async function crowdsAt(neighbours: Neighbours, gateway: BenchGateway): Promise<Crowds> {
  const dispatcher = new Agent({ connections: 1_000 });
  const ask = async (path: string, headers: Record<string, string>): Promise<number> => {
    const { statusCode, body } = await request(gateway.http + path, { headers, dispatcher });
    await body.dump();
    return statusCode;
  };
  const crowd = async (count: number, path: string, headers: Record<string, string>) => {
    const began = performance.now();
    const all = await Promise.all(Array.from({ length: count }, () => ask(path, headers)));
    const seconds = (performance.now() - began) / 1000;
    return { failures: all.filter((status) => status !== 200).length, seconds };
  };
  await neighbours.counts();
  const basic = { authorization: `Basic ${Buffer.from("bob:hunter2").toString("base64")}` };
  const logins = await crowd(1000, "/v2/token", basic);
  const { katello: toKatello } = await neighbours.counts();
  const tags = await crowd(500, `${APP}/manifests/latest`, { ...bearer(gateway), accept: "*/*" });
  const { pulp: toPulp } = await neighbours.counts();
  await dispatcher.close();
  return {
    loginFailures: logins.failures,
    toKatello,
    loginSeconds: logins.seconds,
    tagFailures: tags.failures,
    toPulp,
    tagSeconds: tags.seconds,
  };
}

async function crowds(world: PullWorld): Promise<Row[]> {
  const neighbours = await world.neighbours(20);
  const seen = await crowdsAt(neighbours, await world.gateway(neighbours));
  return [
    [
      "1,000 concurrent logins of one user",
      "<= 2 requests to Katello, 0 failures",
      `${seen.toKatello} requests`,
      `${seen.loginFailures} failures`,
    ],
    [
      "500 concurrent requests for the same uncached tag",
      "1 request to Pulp",
      `${seen.toPulp} request`,
      `${seen.tagFailures} failures`,
    ],
  ];
}

/** @returns a row of the table, and a note about it */
async function workers(world: PullWorld, neighbours: Neighbours, one: BenchGateway): Promise<[Row, string]> {
  const two = await world.gateway(neighbours, { workers: 2 });
  const blob = `${APP}/blobs/${neighbours.blob}`;
  const pair = await compare(
    { url: two.http + blob, headers: bearer(two) },
    { url: one.http + blob, headers: bearer(one) },
  );
  const { ours, theirs, ratio } = pair;
  const cores = availableParallelism();
  const room = Math.min(2, cores - ours.share);
  const note = `In the row of 2 workers, wrk took ${ours.share.toFixed(2)} of a core against ${theirs.share.toFixed(2)} with 1 worker, so that 2 workers had ${room.toFixed(2)} of ${cores} cores.`;
  const work = `2 workers against 1, with wrk on the same ${cores} cores`;
  return [[work, ">= 1.6 x", `${ratio.toFixed(2)} x`, detail(pair)], note];
}

/** Sizes of databases. */
export const SIZES = [
  { repositories: 10_000, hosts: 100, each: 100 },
  { repositories: 100_000, hosts: 2_500, each: 2_000 },
] as const;

/** Fills the database of a gateway. */
export async function fill(
  gateway: BenchGateway,
  { repositories, hosts, each }: (typeof SIZES)[number],
): Promise<void> {
  await gateway.sql(
    `INSERT INTO repositories (name, auth_required) SELECT 'org/many/repo-' || n, true FROM generate_series(1, ${repositories}) n;
     INSERT INTO hosts (uuid) SELECT 'host-' || n FROM generate_series(1, ${hosts}) n;
     INSERT INTO hosts_repositories (host_id, repository_id)
       SELECT h.id, r.id FROM (SELECT id FROM hosts) h, (SELECT id FROM repositories ORDER BY id LIMIT ${each}) r`,
  );
  // Autovacuum would otherwise do this during the measurement.
  await gateway.sql("VACUUM ANALYZE");
}

/** The same pull with databases of different sizes. */
async function sizes(
  world: PullWorld,
  neighbours: Neighbours,
  pull: string,
  settings: Record<string, number>,
): Promise<Row[]> {
  const small = await world.gateway(neighbours, settings);
  const rows: Row[] = [];
  for (const size of SIZES) {
    const { repositories, hosts, each } = size;
    const large = await world.gateway(neighbours, settings);
    await fill(large, size);
    const blob = `${APP}/blobs/${neighbours.blob}`;
    const grants = rounded(hosts * each);
    rows.push(
      await compared(
        `${pull}, ${rounded(repositories)} repositories and ${grants} grants against 3 and 4`,
        "flat within 10 %",
        { url: large.http + blob, headers: bearer(large) },
        { url: small.http + blob, headers: bearer(small) },
      ),
    );
  }
  return rows;
}

/** Runs the bench and writes the section. */
export async function pulls(): Promise<void> {
  const world = await PullWorld.open();
  try {
    const neighbours = await world.neighbours();
    const gateway = await world.gateway(neighbours);
    const pass = await world.yardstick("pass", neighbours.pulp);
    const first = [
      ...(await redirects(world, neighbours, gateway, pass)),
      await farPulp(world),
      await catalogue(world, neighbours),
      ...(await crowds(world)),
    ];
    const [scaling, note] = await workers(world, neighbours, gateway);
    const rows = [
      ...first,
      scaling,
      ...(await sizes(world, neighbours, "pull", {})),
      ...(await sizes(world, neighbours, "pull with a query to PostgreSQL", { memory_limit: 0 })),
    ];
    const [wrk = ""] = execFileSync("sh", ["-c", "wrk -v 2>&1 || true"], { encoding: "utf8" }).split("\n");
    writeSection(
      "Pulls",
      `\`npm run bench -- pulls\`, all on loopback on one machine, 32 connections, medians of ${ROUNDS} rounds of ${SECONDS} s, alternating with
the yardstick: ${machine([wrk.trim().split(" Copy")[0] ?? ""])}.

The yardsticks are plain Node.js:

- *Pass-through* is \`node:http\` with a kept-alive undici pool over TLS, with a client certificate to the demo's Pulp and
  without authorization.
- *Bare* replies with a constant redirect.

${table(["Work", "Goal", "Measured", "Detail"], rows)}

${note}`,
    );
  } finally {
    await world.close();
  }
}
