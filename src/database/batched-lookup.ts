/** Batches queries to the database: concurrent queries share a statement, and identical ones are coalesced. */

interface PendingQuery<Query, Result> {
  readonly query: Query;
  readonly result: Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements in flight. Queries that arrive meanwhile form the next one. */
const MAX_STATEMENTS = 2;
/** Queries in one statement. */
const MAX_BATCH = 500;

function pendingQuery<Query, Result>(query: Query): PendingQuery<Query, Result> {
  let resolve: (result: Result) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const result = new Promise<Result>((onResult, onError) => {
    resolve = onResult;
    reject = onError;
  });
  return { query, result, resolve, reject };
}

/** Looks up rows in batches. A query only joins a statement that has not been sent, so no result is older than its query. */
export class BatchedLookup<Query, Result> {
  readonly #find: (queries: readonly Query[]) => Promise<readonly Result[]>;
  #pending = new Map<string, PendingQuery<Query, Result>>();
  #statements = 0;
  #scheduled = false;

  /** @param find runs one statement and returns the results in the order of the queries */
  constructor(find: (queries: readonly Query[]) => Promise<readonly Result[]>) {
    this.#find = find;
  }

  /** @param key equal for identical queries */
  find(key: string, query: Query): Promise<Result> {
    const identical = this.#pending.get(key);
    if (identical !== undefined) return identical.result;
    const pending = pendingQuery<Query, Result>(query);
    this.#pending.set(key, pending);
    this.#schedule();
    return pending.result;
  }

  /** Sends statements at the end of the current iteration of the event loop, so that they hold all of its queries. */
  #schedule(): void {
    if (this.#scheduled || this.#statements >= MAX_STATEMENTS || this.#pending.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const keys = [...this.#pending.keys()].slice(0, MAX_BATCH);
    const batch = keys.flatMap((key) => this.#pending.get(key) ?? []);
    for (const key of keys) this.#pending.delete(key);
    this.#statements += 1;
    this.#schedule();
    try {
      const results = await this.#find(batch.map(({ query }) => query));
      if (results.length !== batch.length)
        throw new Error(`the statement returned ${results.length} results for ${batch.length} queries`);
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#statements -= 1;
    this.#schedule();
  }
}
