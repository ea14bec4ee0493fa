/** Katello's syncs, applied to the store. */
import type { Logger } from "pino";
import type { OpenDatabase } from "../database/index.ts";
import type { Batches, SyncContext, UserList } from "../model/syncs.ts";
import { hostsWork, repositoriesWork } from "./apply/lists.ts";
import { hostGrantsWork, oneHostGrantsWork, userGrantsWork } from "./apply/mappings.ts";
import { SyncRecords } from "./apply/sync-records.ts";
import { Syncs, type SyncWork } from "./apply/syncs.ts";
import { MissedSyncs } from "./missed-syncs.ts";
import { RecordedUsers } from "./recorded-users.ts";

/** Opens the syncs of a database: `target` applies them, `users` lists users for Katello, and `records` has the outcomes. */
export function openSyncs({ pool, syncPool, changes }: OpenDatabase, users: UserList, log: Logger) {
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
      replaceUserGrants: apply(userGrantsWork),
      replaceHosts: apply(hostsWork),
      replaceHostGrants: apply(hostGrantsWork),
      replaceOneHostGrants: apply(oneHostGrantsWork),
    },
  };
}
