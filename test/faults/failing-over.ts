/** A failover of PostgreSQL under a load of pulls, logins and syncs. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { push, twoSyncs } from "../support/sync-pushes.ts";
import { PATIENCE } from "./load.ts";
import { startSite } from "./site.ts";
import { addRow } from "./table.ts";

/** Most time from the promotion until everything is as before. */
const MAX_RECOVERY_S = 3;

/** Sends syncs one after the other, each with one repository more. */
function startSyncs(https: string) {
  const base = ["public-app", "private-app", "other-app"].map((name) => ({
    repository: `org/${name}`,
    auth_required: name !== "public-app",
  }));
  const statuses: (number | undefined)[] = [];
  let confirmed = 0;
  let running = true;
  const ended = (async () => {
    for (let count = 1; running; count += 1) {
      const more = Array.from({ length: count }, (_, index) => ({
        repository: `org/synced-${index + 1}`,
        auth_required: true,
      }));
      const repository_list = { repositories: [...base, ...more] };
      const status = await push(https, "repository_list", { ...twoSyncs(1)[0], repository_list });
      statuses.push(status);
      if (status === 200) confirmed = count;
      await sleep(50);
    }
  })();
  return {
    statuses,
    /** Number of repositories in the last sync that was confirmed. */
    confirmed: () => confirmed,
    stop: async () => {
      running = false;
      await ended;
    },
  };
}

/** A failover. */
export interface Failover {
  /** Connection string with all hosts. */
  readonly url: string;
  /** Description for the table of docs/reliability.md. */
  readonly fault: string;
  /** Lets the fault happen, and resolves as soon as another server is promoted. */
  readonly happen: () => Promise<unknown>;
  /** Connection string of the promoted server. */
  readonly promoted: () => Promise<string>;
}

/** Holds a failover to its rules: pulls go on, nothing that was confirmed is lost, and all is back in {@link MAX_RECOVERY_S}. */
export async function expectFailover(
  closers: (() => Promise<unknown>)[],
  { url, fault, happen, promoted }: Failover,
): Promise<void> {
  const site = await startSite({ database: url, settings: { workers: 2 } });
  closers.push(() => site.stop());
  const load = site.load(["known", "asked", "login"], { clients: 6 });
  const syncs = startSyncs(site.https);
  closers.push(load.stop, syncs.stop);
  await load.settled("login", 200);
  await eventually("syncs are confirmed", () => syncs.confirmed() >= 3);
  const away = performance.now();
  await happen();
  const promotedAt = performance.now();
  await Promise.all([load.settled("asked", 404), load.settled("login", 200)]);
  const before = syncs.statuses.length;
  await eventually("a sync is confirmed", () => syncs.statuses.slice(before).includes(200), MAX_RECOVERY_S);
  const confirmed = syncs.confirmed();
  const workers = site.process.said().match(/"msg":"worker died/g) ?? [];
  await syncs.stop();
  const seen = await load.stop();
  expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
  const outage = { "503 Retry-After": expect.any(Number) };
  expect(seen.of("asked").answers).toEqual({ 404: expect.any(Number), ...outage });
  expect(seen.of("login").answers).toEqual({ 200: expect.any(Number), ...outage });
  expect(seen.slowest).toBeLessThan(PATIENCE / 3);
  expect(new Set(syncs.statuses)).toEqual(new Set([200, 503]));
  const seconds = Math.max(
    seen.of("asked").recovery(promotedAt, 404),
    seen.of("login").recovery(promotedAt, 200),
    seen.of("known").recovery(away, 200),
  );
  expect(seconds).toBeLessThan(MAX_RECOVERY_S);
  expect(workers).toEqual([]);
  expect(
    await query(await promoted(), "SELECT FROM repositories WHERE listed AND name = $1", [
      `org/synced-${confirmed}`,
    ]),
  ).toHaveLength(1);
  addRow({
    part: "PostgreSQL",
    fault,
    up: "cached decisions; every confirmed sync is there afterwards",
    saw: `${seen.texts}; slowest ${Math.round(seen.slowest)} ms`,
    seconds,
  });
}
