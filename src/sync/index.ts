/** Katello's syncs, applied to the store. */
import type { Logger } from "pino";
import type { OpenDatabase } from "../database/index.ts";
import type { Batches, SyncContext, UserList } from "../model/syncs.ts";
import { hostsWork, repositoriesWork } from "./apply/lists.ts";
import { mappingWorks } from "./apply/mappings.ts";
import { SyncRecords } from "./apply/sync-records.ts";
import { Syncs, type SyncWork } from "./apply/syncs.ts";
import { MissedSyncs } from "./missed-syncs.ts";
import { RecordedUsers } from "./recorded-users.ts";

/**
 * Opens the syncs of a database: `target` applies them, `users` lists users for Katello, and `records` has the outcomes.
 * @param maxHeldGrants number of grants of a mapping that may stay in memory; the default is `MAX_HELD_GRANTS`
 */
export function openSyncs(
  { pool, syncPool, changes }: OpenDatabase,
  users: UserList,
  log: Logger,
  maxHeldGrants?: number,
) {
  const mappings = mappingWorks(maxHeldGrants);
  const records = new SyncRecords(pool);
  const missed = new MissedSyncs(records, log);
  const syncs = new Syncs(syncPool, changes, records);
  const apply =
    <Row>(work: (batches: Batches<Row>) => SyncWork) =>
    (sync: SyncContext, batches: Batches<Row>) =>
      syncs.apply(sync, work(batches));
  return {
    records,
    users: new RecordedUsers(users, records),
    close: () => {
      missed.close();
      return records.close();
    },
    target: {
      replaceRepositories: apply(repositoriesWork),
      replaceUserGrants: apply(mappings.userGrants),
      replaceHosts: apply(hostsWork),
      replaceHostGrants: apply(mappings.hostGrants),
      replaceOneHostGrants: apply(mappings.oneHostGrants),
    },
  };
}
