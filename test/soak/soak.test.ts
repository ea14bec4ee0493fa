/** A gateway in use for minutes or hours: what it holds does not grow, and it does not get slower. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { createGatewayClient } from "../../src/client/index.ts";
import { pushOfMany } from "../faults/pushes.ts";
import { type Site, startSite } from "../faults/site.ts";
import { addRow } from "../faults/table.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { startMixedLoad } from "./mixed-load.ts";
import { liveMemoryOf, medianOf, type Series, slopePerHour, type Vitals, vitalsOf } from "./vitals.ts";

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
/** In less time caches do not fill, and the heap still grows. */
const MIN_MINUTES = 5;
if (!(MINUTES >= MIN_MINUTES))
  throw new Error(
    `SOAK_MINUTES is "${process.env.SOAK_MINUTES}": it must be a number of at least ${MIN_MINUTES}`,
  );
/** Part of the time after which caches are full and code is compiled. */
const WARM_UP = 0.3;
const RELOADS = 5;
const WORKERS = 2;

const MB = 1_000_000;
/** Largest growth of memory per hour. */
const MAX_GROWTH_PER_HOUR = MB;
/** Growth that a short run can't tell from chance: of what the workers hold, and of the resident memory of all processes. */
const NOISE = { live: 6 * MB, resident: 24 * MB } as const;
/** Descriptors and timers of requests that are under way when they are counted. */
const UNDER_WAY = 15;
/** Factor by which the 99th percentile of cached pulls may differ between the first and the last third, and milliseconds. */
const LATENCY = { factor: 2, ms: 10 } as const;

const LIVE_MEMORY = new URL("live-memory.mjs", import.meta.url).href;

const SYNC_INTERVAL_MS = 5_000;
/** Each sixth sync is one of many repositories. */
const LARGE_SYNCS = 6;
const MANY = 2_000;
const OUTAGE_INTERVAL_MS = 20_000;
const OUTAGE_MS = 3_000;
const IDLE_TIMEOUT_S = 5;
const READING_INTERVAL_MS = 1_000;
/** Readings to one garbage collection, which delays a few requests. */
const READINGS_PER_COLLECTION = 30;

/** Repeats work until the signal is aborted. */
async function repeat(signal: AbortSignal, ms: number, work: (turn: number) => Promise<void>): Promise<void> {
  for (let turn = 1; !signal.aborted; turn += 1) {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await work(turn);
  }
}

const syncs = (site: Site, signal: AbortSignal) =>
  repeat(signal, SYNC_INTERVAL_MS, async (turn) => {
    if (turn % LARGE_SYNCS === 0) expect(await pushOfMany(site.https, MANY)).toBe(200);
    else await site.sync();
  });

/** Pulp and Katello go away for a moment, in turn. */
const outages = ({ switches }: Site, signal: AbortSignal) =>
  repeat(signal, OUTAGE_INTERVAL_MS, async (turn) => {
    const one = turn % 2 === 0 ? switches.pulp : switches.katello;
    await one.set({ closed: true });
    await sleep(OUTAGE_MS);
    await one.set(undefined);
  });

async function reload({ process: gateway }: Site): Promise<void> {
  const before = new Set(gateway.workers());
  gateway.child.kill("SIGHUP");
  await eventually(
    "new workers have replaced all others",
    () => {
      const now = gateway.workers();
      return now.length === WORKERS && now.every((pid) => !before.has(pid));
    },
    60,
  );
}

/** True if the log, which is too large to be read as one text, contains these words. */
const hasLogged = ({ process: { logFile } }: Site, words: string): boolean =>
  spawnSync("grep", ["--quiet", "--fixed-strings", words, logFile]).status === 0;

const p99 = (all: number[]): number => all.sort((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? 0;
const changeInMb = (bytes: number): string => `${bytes < 0 ? "" : "+"}${(bytes / MB).toFixed(1)} MB`;

test(
  "pulls, logins, syncs, reloads and outages leave nothing behind and make nothing slower",
  async () => {
    const socket = join(testFolder(), `${randomUUID()}.sock`);
    const settings = {
      workers: WORKERS,
      admin_listen: `unix:${socket}`,
      tag_ttl: 0,
      // Manifests expire while Pulp is away, again and again.
      redirect_ttl: 20,
      // Former workers end when their idle connections have.
      idle_timeout: IDLE_TIMEOUT_S,
    };
    const site = await startSite({ settings, first: LIVE_MEMORY });
    const admin = createGatewayClient({ socketPath: socket });
    const end = new AbortController();
    const load = startMixedLoad(site);
    const steady = new AbortController();
    const syncing = syncs(site, end.signal);
    syncing.catch(() => undefined);
    try {
      for (let count = 0; count < RELOADS; count += 1) await reload(site);
      // New workers have cached nothing yet, so they need Pulp.
      await sleep(IDLE_TIMEOUT_S * 1000);
      const failing = outages(site, steady.signal);
      await sleep(MINUTES * WARM_UP * 60_000);

      load.latencies();
      const started = performance.now();
      const seconds = MINUTES * (1 - WARM_UP) * 60;
      const readings: (readonly [number, Vitals])[] = [];
      const live: (readonly [number, number])[] = [];
      const slow: number[] = [];
      for (let third = 1; third <= 3; third += 1) {
        while (performance.now() - started < (seconds * third * 1000) / 3) {
          const at = (performance.now() - started) / 1000;
          if (readings.length % READINGS_PER_COLLECTION === 0)
            live.push([at, await liveMemoryOf(site.process)]);
          readings.push([at, await vitalsOf(site.process, admin)]);
          await sleep(READING_INTERVAL_MS);
        }
        slow.push(p99(load.latencies()));
      }
      steady.abort();
      await failing;
      for (let count = 0; count < RELOADS; count += 1) await reload(site);
      await sleep(IDLE_TIMEOUT_S * 1000);
      const last = await vitalsOf(site.process, admin);
      end.abort();
      await syncing;
      await load.stop();

      const series = (name: keyof Vitals): Series => readings.map(([at, vitals]) => [at, vitals[name]]);
      const third = Math.floor(readings.length / 3);
      const change = (name: keyof Vitals) => {
        const all = series(name);
        return [medianOf(all.slice(0, third)), medianOf(all.slice(-third))] as const;
      };
      const [first = 0, , final = 0] = slow;
      const slopes = { live: slopePerHour(live), resident: slopePerHour(series("resident")) };
      const grown = (perHour: number) => changeInMb((perHour * seconds) / 3600);
      const [descriptors, timers] = [change("descriptors"), change("timers")];
      const counts = [...load.counts].sort().map(([reply, count]) => `${count} x ${reply}`);
      addRow({
        part: "Long use",
        fault: `${MINUTES} minutes of pulls, logins, a sync every ${SYNC_INTERVAL_MS / 1000} s, ${2 * RELOADS} reloads, and Pulp or Katello away every ${OUTAGE_INTERVAL_MS / 1000} s`,
        up: "everything",
        saw:
          `${counts.join(", ")}; p99 of cached pulls ${first.toFixed(1)} ms, then ${final.toFixed(1)} ms; in the last ` +
          `${Math.round(seconds / 60)} minutes live memory ${grown(slopes.live)}, resident memory ${grown(slopes.resident)}; descriptors ${descriptors.join(", then ")}; timers ${timers.join(", then ")}`,
      });

      expect(load.wrong).toEqual([]);
      for (const name of ["live", "resident"] as const)
        expect(slopes[name]).toBeLessThan(Math.max(MAX_GROWTH_PER_HOUR, (NOISE[name] * 3600) / seconds));
      expect(descriptors[1]).toBeLessThanOrEqual(descriptors[0] + UNDER_WAY);
      expect(timers[1]).toBeLessThanOrEqual(timers[0] + UNDER_WAY);
      expect(last.descriptors).toBeLessThanOrEqual(descriptors[1] + UNDER_WAY);
      expect(last.timers).toBeLessThanOrEqual(timers[1] + UNDER_WAY);
      expect(final).toBeLessThanOrEqual(first * LATENCY.factor + LATENCY.ms);
      expect(hasLogged(site, "reloaded")).toBe(true);
      expect(hasLogged(site, "MaxListenersExceeded")).toBe(false);
    } finally {
      steady.abort();
      end.abort();
      await load.stop();
      admin.close();
      await site.stop();
    }
  },
  MINUTES * 60_000 + 300_000,
);
