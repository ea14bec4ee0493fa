/** Katello's request for the list of users, which a sync of their grants begins with. */
import type { ListRequest, UserList } from "../model/syncs.ts";
import { NO_CHANGE, outcomeOf, recordOf, type SyncRecords } from "./apply/sync-records.ts";

/**
 * The list of users, with a record of each request that fails: without the list, Katello sends no grants of users. The store records
 * those that succeed.
 */
export class RecordedUsers implements UserList {
  readonly #users: UserList;
  readonly #records: Pick<SyncRecords, "addFailed">;

  constructor(users: UserList, records: Pick<SyncRecords, "addFailed">) {
    this.#users = users;
    this.#records = records;
  }

  async list(request: ListRequest): Promise<string[]> {
    const started = performance.now();
    try {
      return await this.#users.list(request);
    } catch (error) {
      const counts = { entries: 0, invalid: 0, bytes: 0 };
      const sync = { ...request, started, counts, invalidEntries: [] };
      await this.#records.addFailed(recordOf("users", sync, NO_CHANGE, outcomeOf(error)), started);
      throw error;
    }
  }
}
