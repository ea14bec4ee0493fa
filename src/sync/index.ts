/** Katello's syncs, applied to the store. */
import type { OpenDatabase } from "../database/index.ts";
import type { Batches, SyncContext } from "../model/syncs.ts";
import { hostsWork, repositoriesWork } from "./apply/lists.ts";
import { hostGrantsWork, oneHostGrantsWork, userGrantsWork } from "./apply/mappings.ts";
import { Syncs, type SyncWork } from "./apply/syncs.ts";

/** Opens the syncs of a database: `target` applies them, and `records` has their outcomes. */
export function openSyncs({ pool, syncPool, changes }: OpenDatabase) {
  const records = new Syncs(pool, syncPool, changes);
  const apply =
    <Row>(work: (batches: Batches<Row>) => SyncWork) =>
    (sync: SyncContext, batches: Batches<Row>) =>
      records.apply(sync, work(batches));
  return {
    records,
    target: {
      replaceRepositories: apply(repositoriesWork),
      replaceUserGrants: apply(userGrantsWork),
      replaceHosts: apply(hostsWork),
      replaceHostGrants: apply(hostGrantsWork),
      replaceOneHostGrants: apply(oneHostGrantsWork),
    },
  };
}
