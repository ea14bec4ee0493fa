/** Database, stores, caches and syncs of one gateway, without the gateway. */
import { pino } from "pino";
import { openCache } from "../../src/cache/index.ts";
import { type DatabaseSettings, openDatabase } from "../../src/database/index.ts";
import type { Report } from "../../src/resilience/circuit-breaker.ts";
import type { Settings } from "../../src/settings/keys.ts";
import { openStore } from "../../src/store/index.ts";
import { openSyncs } from "../../src/sync/index.ts";

type StorageSettings = DatabaseSettings &
  Pick<
    Settings,
    | "memory_limit"
    | "serve_before_first_sync"
    | "redirect_ttl"
    | "tag_ttl"
    | "grants_ttl"
    | "login_attempts"
    | "foreman_failed_logins"
  >;

/** Settings without caching and without a limit on logins. */
const SETTINGS: StorageSettings = {
  data_dir: "/nowhere",
  db_max_connections: 6,
  db_pool_timeout: 5,
  db_start_timeout: 0,
  memory_limit: 0,
  redirect_ttl: 0,
  tag_ttl: 0,
  grants_ttl: 0,
  outage_grace: 0,
  serve_before_first_sync: true,
  login_attempts: 0,
  foreman_failed_logins: 0,
};

/** Opens the storage on a database. */
export async function openStorage(
  db_connection_string: string,
  settings: Partial<StorageSettings> = {},
  report: Report = () => undefined,
  maxHeldGrants?: number,
) {
  const all = { ...SETTINGS, ...settings, db_connection_string };
  const database = openDatabase(all, report);
  await database.start();
  const store = openStore(database, all);
  const syncs = openSyncs(database, store.users, pino({ level: "silent" }), maxHeldGrants);
  return {
    ...store,
    pool: database.pool,
    changes: database.changes,
    cache: openCache(database, store, all),
    syncTarget: syncs.target,
    close: () => database.close(),
  };
}

/** A login as Katello returns it. */
export const login = (name: string, checksum: string, secondsLeft = 600, ageS = 0) => ({
  name,
  checksum,
  secondsLeft,
  ageS,
});

/** An opened storage. */
export type Storage = Awaited<ReturnType<typeof openStorage>>;
