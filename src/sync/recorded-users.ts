/** Katello's request for the list of users, which a sync of their grants begins with. */
import type { UserList } from "../model/syncs.ts";
import { NO_CHANGE, outcomeOf, recordOf, type SyncRecords } from "./apply/sync-records.ts";

/** The list of users of the store, which records requests that succeed, with a record of those that fail: without the list, Katello sends no grants of users. */
export class RecordedUsers implements UserList {
  readonly #users: UserList;
  readonly #records: Pick<SyncRecords, "addFailed">;

  constructor(users: UserList, records: Pick<SyncRecords, "addFailed">) {
    this.#users = users;
    this.#records = records;
  }

  async list(request: Parameters<UserList["list"]>[0]): Promise<string[]> {
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
