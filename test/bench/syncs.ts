/** Syncs of a large site, and their effect on other requests: the section "Syncs" of docs/benchmarks.md. */
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { loadavg } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { DemoCertificates } from "../../src/demo/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { memoryOf } from "../support/processes.ts";
import { machine, table, writeSection } from "./page.ts";
import { type BenchPostgres, startDebian, startOwn } from "./postgres.ts";
import { readShares } from "./read-shares.ts";
import { copyText, hostGrants, lengthOf } from "./site.ts";
import {
  answerOf,
  FORM,
  forked,
  nodeSender,
  rubySender,
  type Send,
  type SyncSite,
  sendFrom,
  startSite,
  stopSite,
  syncFolder,
  syncSteps,
} from "./sync-site.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Steps = Readonly<Partial<Record<"read" | "compare" | "write", number>>>;

/** Log lines of applied syncs. */
const applied = ({ gateway }: SyncSite): string[] =>
  gateway
    .said()
    .split("\n")
    .filter((line) => line.includes('"sync applied"'));

/** Measurements of one sync. */
interface Measured {
  readonly what: string;
  readonly sender: string;
  readonly seconds: number;
  /** Seconds of each step, as the gateway logs them. */
  readonly steps: Steps;
  /** Peak resident memory in MiB. */
  readonly rss: number;
  /** Longest stall in milliseconds. */
  readonly stall: number;
  readonly reads: number;
  readonly p99: number;
  readonly slow: number;
  readonly refused: number;
}

/** Sends a sync while pulls go on. */
async function measure(
  site: SyncSite,
  sender: string,
  what: string,
  send: () => Promise<number>,
): Promise<Measured> {
  const { child, workers } = site.gateway;
  const { reads } = site;
  const [pid = 0] = workers();
  const before = applied(site).length;
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  child.send("reset");
  reads.send({ do: "start" });
  await sleep(500);
  const began = performance.now();
  const seconds = await send();
  const took = (performance.now() - began) / 1000 + 0.5;
  const { times, refused } = (await answerOf(reads, { do: "stop" })) as { times: number[]; refused: number };
  const { stall } = (await answerOf(child, "read")) as { stall: number };
  await eventually("the sync is logged", () => applied(site).length > before);
  const { step_seconds } = JSON.parse(applied(site).at(-1) ?? "{}") as { step_seconds?: Steps };
  times.sort((a, b) => a - b);
  const measured = {
    what,
    sender,
    seconds,
    steps: step_seconds ?? {},
    rss: memoryOf(pid, "VmHWM") / 1024 ** 2,
    stall,
    reads: times.length / took,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
    slow: times.filter((time) => time > 50).length / Math.max(1, times.length),
    refused,
  };
  say(
    `${sender.padEnd(12)} ${what.padEnd(50)} ${seconds.toFixed(2)} s ${JSON.stringify(measured.steps)}, ${measured.rss.toFixed(0)} MiB, stall ${stall.toFixed(0)} ms, ` +
      `p99 ${measured.p99.toFixed(1)} ms, ${(100 * measured.slow).toFixed(2)} % slow, ${refused} refused`,
  );
  return measured;
}

/** All syncs of one sender. */
interface Run {
  readonly sender: string;
  readonly measured: readonly Measured[];
  readonly yard: { readonly read: number; readonly copy: number };
}

/** Measures all syncs of one sender. */
async function run(site: SyncSite, sender: string, send: Send): Promise<Run> {
  const measured: Measured[] = [];
  let yard = { read: Number.NaN, copy: Number.NaN };
  for await (const { what, run: sync } of syncSteps(site, send)) {
    // Measured next to its yardstick, because the load of the machine changes.
    if (what === "10,000 hosts x 200, first") yard = await yardsticks(site.database);
    measured.push(await measure(site, sender, what, sync));
  }
  return { sender, measured, yard };
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

const row = ({ what, sender, seconds, steps, rss, stall, reads, p99, slow }: Measured): string[] => [
  what,
  sender,
  seconds.toFixed(2),
  ...[steps.read, steps.compare, steps.write].map((one) => one?.toFixed(2) ?? "-"),
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
  "read",
  "compare",
  "write",
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
    return { text, ratio: first / (read + copy), again: again / first, unchanged: again };
  });
  const full = worst(
    all.filter(({ what }) => what.startsWith("20,000 repositories, 2.5 M")).map(({ seconds }) => seconds),
  );
  const again = worst(hosts.map((one) => one.again));
  const unchanged = worst(hosts.map((one) => one.unchanged));
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
    line("unchanged sync of 2 M host grants <= 1.5 s", `${unchanged.toFixed(2)} s`, unchanged <= 1.5),
    line("peak RSS <= 300 MB", `${rss.toFixed(0)} MiB`, rss <= 286),
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
      runs.push(await run(site, sender, of(site)));
    } finally {
      await stopSite(site);
    }
  }
  const seen = goals(runs);
  const rows = runs.flatMap(({ measured }) => measured.map(row));
  say(seen.join("\n"));
  return `### On ${postgres.name}\n\n${table(HEAD, rows)}\n\n${seen.join("\n")}\n`;
}

/** Runs the bench and writes the section. */
export async function syncs(): Promise<void> {
  const shares = await readShares();
  const steps = Object.entries(shares).map(([step, seconds]) => `${step} ${seconds.toFixed(2)} s`);
  say(steps.join(", "));
  const { folder, certificates } = await syncFolder();
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
- Seconds count from the first byte of a sync to its reply.
- The gateway logs how long each step took: it reads the body and copies its names into PostgreSQL, compares (a mapping) and writes. Lists are
  compared as they are written.
- Of reading 10,000 hosts x 200, ${(lengthOf(hostGrants()) / 1e6) | 0} MB, by itself in one process: ${steps.join(", ")}. The rest is TLS, HTTP and waiting for the sender.`;
  if (only === "") writeSection("Syncs", `${about}\n\n${parts.join("\n")}`);
}
