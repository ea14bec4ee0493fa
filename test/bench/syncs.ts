/** Syncs of a large site, and their effect on other requests: the section "Syncs" of docs/benchmarks.md. */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { stringify } from "yaml";
import { type DemoCertificates, makeCertificates } from "../../src/demo/certificates.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { memoryOf } from "../support/processes.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchPostgres, startDebian, startOwn } from "./postgres.ts";
import { copyText, type Form, hostGrants, lengthOf, repository, repositoryList, userGrants } from "./site.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Measurements of one sync. */
interface Measured {
  readonly what: string;
  readonly sender: string;
  readonly seconds: number;
  /** Peak resident memory in MiB. */
  readonly rss: number;
  /** Longest stall in milliseconds. */
  readonly stall: number;
  readonly reads: number;
  readonly p99: number;
  readonly slow: number;
  readonly refused: number;
}

interface Site {
  readonly folder: string;
  readonly certificates: DemoCertificates;
  readonly gateway: GatewayProcess;
  readonly reads: ChildProcess;
}

type Send = (path: string, body: Form) => Promise<number>;

async function answerOf(child: ChildProcess, question: object | string): Promise<Record<string, unknown>> {
  const answer = once(child, "message");
  child.send(question);
  const [message] = await answer;
  return message;
}

const forked = (name: string): ChildProcess => fork(here(name), { execArgv: ["--import", "tsx"] });

/** Sends a body as fast as it is read, and returns the seconds until the reply. */
async function sendFrom(request: ReturnType<typeof httpRequest>, body: Form): Promise<number> {
  const began = performance.now();
  const answered = once(request, "response");
  await pipeline(Readable.from(body), request);
  const [response] = await answered;
  let text = "";
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`);
  return (performance.now() - began) / 1000;
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };

const nodeSender =
  ({ gateway, certificates: { ca, foreman } }: Site): Send =>
  (path, body) => {
    const url = `${gateway.addresses[0]}/container_gateway/${path}/`;
    const headers = { ...FORM, "content-length": lengthOf(body) };
    return sendFrom(httpsRequest(url, { method: "PUT", headers, ca, ...foreman, agent: false }), body);
  };

const rubySender =
  ({ gateway, folder }: Site): Send =>
  async (path, body) => {
    const file = join(folder, "form");
    writeFileSync(file, Buffer.concat(body));
    const url = `${gateway.addresses[0]}/container_gateway/${path}`;
    const names = ["foreman.crt", "foreman.key", "ca.crt"].map((name) => join(folder, name));
    const { stdout } = await promisify(execFile)("ruby", [here("sender.rb"), url, file, ...names]);
    rmSync(file);
    const { seconds, status } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    if (status !== 200) throw new Error(`rest-client: ${status}`);
    return seconds;
  };

/** Sends a sync while pulls go on. */
async function measure(
  { gateway: { child, workers }, reads }: Site,
  sender: string,
  what: string,
  send: () => Promise<number>,
): Promise<Measured> {
  const [pid = 0] = workers();
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  child.send("reset");
  reads.send({ do: "start" });
  await sleep(500);
  const began = performance.now();
  const seconds = await send();
  const took = (performance.now() - began) / 1000 + 0.5;
  const { times, refused } = (await answerOf(reads, { do: "stop" })) as { times: number[]; refused: number };
  const { stall } = (await answerOf(child, "read")) as { stall: number };
  times.sort((a, b) => a - b);
  const measured = {
    what,
    sender,
    seconds,
    rss: memoryOf(pid, "VmHWM") / 1024 ** 2,
    stall,
    reads: times.length / took,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
    slow: times.filter((time) => time > 50).length / Math.max(1, times.length),
    refused,
  };
  say(
    `${sender.padEnd(12)} ${what.padEnd(50)} ${seconds.toFixed(2)} s, ${measured.rss.toFixed(0)} MiB, stall ${stall.toFixed(0)} ms, ` +
      `p99 ${measured.p99.toFixed(1)} ms, ${(100 * measured.slow).toFixed(2)} % slow, ${refused} refused`,
  );
  return measured;
}

async function sql(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** A reader with grants for the first 50 repositories from a login, which no sync withdraws. */
function prepareReader(url: string, token: string): Promise<void> {
  const names = Array.from({ length: 50 }, (_, index) => `('${repository(index)}')`).join(",");
  return sql(
    url,
    `INSERT INTO repositories (name, auth_required) SELECT name, true FROM (VALUES ${names}) r (name);
     INSERT INTO users (name, folded_name, granted_at) VALUES ('reader', 'reader', 'infinity');
     INSERT INTO pushes (kind, request_id, at) VALUES ('users', 'bench', '2000-01-01');
     INSERT INTO repositories_users (user_id, repository_id) SELECT u.id, r.id FROM users u, repositories r;
     INSERT INTO authentication_tokens (token_checksum, expire_at, user_id)
     SELECT '${createHash("sha256").update(token).digest("hex")}', now() + interval '1 day', id FROM users`,
  );
}

async function startSite(folder: string, database: string, certificates: DemoCertificates): Promise<Site> {
  const reads = forked("./reads.ts");
  const [{ pulp }] = await once(reads, "message");
  const config = join(folder, "settings.yml");
  const file = (name: string) => join(folder, name);
  writeFileSync(
    config,
    stringify({
      listen: ["https://127.0.0.1:0", "http://127.0.0.1:0"],
      ssl_certificate: file("server.crt"),
      ssl_private_key: file("server.key"),
      ssl_ca_file: file("ca.crt"),
      trusted_hosts: ["foreman.example.org"],
      foreman_url: "https://127.0.0.1:9",
      pulp_endpoint: `http://127.0.0.1:${pulp}`,
      public_url: "https://127.0.0.1",
      db_connection_string: database,
      // The reader pulls before the first sync, too.
      serve_before_first_sync: true,
      log_level: "info",
      workers: 1,
    }),
  );
  const gateway = await startGatewayProcess({ config, first: here("./probe.mjs") });
  const token = "bench-token";
  await prepareReader(database, token);
  reads.send({ url: gateway.addresses[1], token });
  // The gateway has run for a moment, as it has at a site.
  reads.send({ do: "start" });
  await sleep(3_000);
  await answerOf(reads, { do: "stop" });
  return { folder, certificates, gateway, reads };
}

/** All syncs of one sender. */
interface Run {
  readonly sender: string;
  readonly measured: readonly Measured[];
  readonly yard: { readonly read: number; readonly copy: number };
}

/** Each sync for the first time, unchanged and with 1 % changed, in an order that fills the database. */
async function run(site: Site, sender: string, send: Send, database: string): Promise<Run> {
  const out: Measured[] = [];
  const push = async (what: string, path: string, body: Form) => {
    out.push(await measure(site, sender, what, () => send(path, body)));
  };
  const three = async (what: string, path: string, first: Form, changed: Form) => {
    await push(`${what}, first`, path, first);
    await push(`${what}, unchanged`, path, first);
    await push(`${what}, 1 % changed`, path, changed);
  };
  await three(
    "20,000 repositories, empty database",
    "repository_list",
    repositoryList(),
    repositoryList(200),
  );
  await send("repository_list", repositoryList());
  await three("100 users x 5,000", "user_repository_mapping", userGrants(), userGrants(50));
  // Measured next to its yardstick, because the load of the machine changes.
  const yard = await yardsticks(database);
  await three("10,000 hosts x 200", "host_repository_mapping", hostGrants(), hostGrants(2));
  // First sync with a full database: all repositories are granted, and only those of the reader are listed.
  await sql(
    database,
    `UPDATE repositories SET listed = false WHERE id NOT IN (SELECT repository_id FROM repositories_users
     JOIN users u ON u.id = user_id WHERE u.name = 'reader')`,
  );
  await three("20,000 repositories, 2.5 M grants", "repository_list", repositoryList(), repositoryList(200));
  return { sender, measured: out, yard };
}

/** Seconds to read the body of all hosts with bare node:http, and for COPY of its rows. */
async function yardsticks(database: string): Promise<{ read: number; copy: number }> {
  const bare = forked("./bare.ts");
  const [{ port }] = await once(bare, "message");
  const body = hostGrants();
  const headers = { ...FORM, "content-length": lengthOf(body) };
  const read = await sendFrom(httpRequest({ port, method: "PUT", headers }), body);
  bare.disconnect();
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query("CREATE TABLE yardstick (uuid text, name text)");
  const text = [...copyText()].map((lines) => Buffer.from(lines));
  const began = performance.now();
  await pipeline(Readable.from(text), client.query(copyFrom("COPY yardstick FROM STDIN")));
  const copy = (performance.now() - began) / 1000;
  await client.query("DROP TABLE yardstick");
  await client.end();
  return { read, copy };
}

const row = ({ what, sender, seconds, rss, stall, reads, p99, slow }: Measured): string[] => [
  what,
  sender,
  seconds.toFixed(2),
  rss.toFixed(0),
  stall.toFixed(0),
  reads.toFixed(0),
  p99.toFixed(1),
  `${(100 * slow).toFixed(2)} %`,
];

const HEAD = [
  "sync",
  "sender",
  "seconds",
  "peak RSS, MiB",
  "longest stall, ms",
  "reads per second",
  "p99 of reads, ms",
  "reads > 50 ms",
];

/** Each goal with the worst measurement. */
function goals(runs: readonly Run[]): string[] {
  const all = runs.flatMap(({ measured }) => measured);
  const worst = (values: readonly number[]) => Math.max(...values);
  const secondsOf = ({ measured }: Run, what: string) =>
    measured.find((one) => one.what === what)?.seconds ?? 0;
  const line = (goal: string, seen: string, met: boolean) =>
    `- ${met ? "met" : "**missed**"}: ${goal}: ${seen}`;
  const hosts = runs.map((run) => {
    const first = secondsOf(run, "10,000 hosts x 200, first");
    const again = secondsOf(run, "10,000 hosts x 200, unchanged");
    const { read, copy } = run.yard;
    const text = `${run.sender} ${first.toFixed(2)} s / (${read.toFixed(2)} s + ${copy.toFixed(2)} s) = ${(first / (read + copy)).toFixed(1)}`;
    return { text, ratio: first / (read + copy), again: again / first };
  });
  const full = worst(
    all.filter(({ what }) => what.startsWith("20,000 repositories, 2.5 M")).map(({ seconds }) => seconds),
  );
  const again = worst(hosts.map((one) => one.again));
  const rss = worst(all.map((one) => one.rss));
  const stall = worst(all.map((one) => one.stall));
  const slow = worst(all.map((one) => one.slow));
  const refused = all.reduce((sum, one) => sum + one.refused, 0);
  return [
    line("20,000 repositories with 2 M grants < 2 s", `${full.toFixed(2)} s`, full < 2),
    line(
      "first sync of 2 M host grants < 3 x (reading the body with node:http + COPY of its rows)",
      hosts.map(({ text }) => text).join("; "),
      hosts.every(({ ratio }) => ratio < 3),
    ),
    line("unchanged sync of 2 M host grants < 0.5 x the first", `${again.toFixed(2)} x`, again < 0.5),
    line("peak RSS < 400 MB", `${rss.toFixed(0)} MiB`, rss < 381),
    line("longest stall < 50 ms", `${stall.toFixed(0)} ms`, stall < 50),
    line("< 1 % of reads slower than 50 ms, in each sync", `${(100 * slow).toFixed(2)} %`, slow < 0.01),
    line("refused reads = 0", `${refused}`, refused === 0),
  ];
}

async function against(
  postgres: BenchPostgres,
  folder: string,
  certificates: DemoCertificates,
): Promise<string> {
  say(`-- ${postgres.name}`);
  const runs: Run[] = [];
  for (const [index, [sender, of]] of Object.entries({
    "rest-client": rubySender,
    "Node.js": nodeSender,
  }).entries()) {
    const database = postgres.connectionString(`gateway_${index}`);
    const site = await startSite(folder, database, certificates);
    try {
      runs.push(await run(site, sender, of(site), database));
    } finally {
      await site.gateway.stop();
      site.reads.disconnect();
    }
  }
  const seen = goals(runs);
  const rows = runs.flatMap(({ measured }) => measured.map(row));
  say(seen.join("\n"));
  return `### On ${postgres.name}\n\n${table(HEAD, rows)}\n\n${seen.join("\n")}\n`;
}

/** Runs the bench and writes the section. */
export async function syncs(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cgw-syncs-"));
  chmodSync(folder, 0o755);
  const certificates = await makeCertificates();
  writeFileSync(join(folder, "ca.crt"), certificates.ca);
  for (const name of ["server", "foreman"] as const) {
    writeFileSync(join(folder, `${name}.crt`), certificates[name].cert);
    writeFileSync(join(folder, `${name}.key`), certificates[name].key);
  }
  const only = process.env.BENCH_POSTGRES ?? "";
  const parts: string[] = [];
  try {
    for (const start of [startOwn, startDebian]) {
      if (only !== "" && only !== start.name) continue;
      const postgres = await start(join(folder, start.name));
      if (postgres === undefined) continue;
      try {
        parts.push(await against(postgres, folder, certificates));
      } finally {
        await postgres.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const load = loadavg()[0]?.toFixed(1);
  const about = `\`npm run bench -- sync\`, ${machine()}.

- The gateway, PostgreSQL, the sender and the reader share the machine, whose load average was ${load} at the end of the run.
- The sender uses TLS with a client certificate. The time that rest-client takes to encode a body is not counted.
- The reader pulls 50 private repositories with a token, 200 times per second.
- Seconds count from the first byte of a sync to its reply.`;
  if (only === "") writeSection("Syncs", `${about}\n\n${parts.join("\n")}`);
}
