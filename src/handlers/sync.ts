/** Katello's syncs. Bodies are read as streams; invalid entries are skipped and counted. */
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import type { BeginBulkWork } from "../model/bulk-work.ts";
import type { Administrator, Handlers, IncomingBody } from "../model/operations.ts";
import type { Batches, ListedRepository, MappedGrant, SyncContext, UserList } from "../model/syncs.ts";
import { readHostGrants, readHosts, readRepositories, readUserGrants } from "../sync/body/read-body.ts";
import { hostGrants, listedHost, listedRepository, userGrants } from "../sync/entry-rules.ts";
import { checkedRows, plainBytes, readAhead } from "../sync/plain-body.ts";

type Replace<Row> = (context: SyncContext, batches: Batches<Row>) => Promise<{ readonly outcome: string }>;

/** Applies syncs, each in one transaction. */
export interface SyncTarget {
  readonly replaceRepositories: Replace<ListedRepository>;
  readonly replaceUserGrants: Replace<MappedGrant>;
  readonly replaceHosts: Replace<string>;
  readonly replaceHostGrants: Replace<MappedGrant>;
  readonly replaceOneHostGrants: Replace<MappedGrant>;
}

/** Dependencies of the sync handlers. */
export interface SyncOptions {
  readonly target: SyncTarget;
  readonly users: UserList;
  /** Maximum size of a body: the setting `max_sync_bytes`. */
  readonly maxBodyBytes: number;
  readonly beginBulkWork: BeginBulkWork;
  readonly log: Logger;
}

type SyncHandlers = Pick<
  Handlers,
  "putRepositories" | "getUsers" | "putUserGrants" | "putHosts" | "putHostGrants" | "putOneHostGrants"
>;

interface SyncCall {
  readonly body: IncomingBody;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Administrator;
  readonly requestId: string;
}

/** Size of a body from which its sync is bulk work. */
const MIN_BULK_BYTES = 1024 ** 2;

/** Returns true for a body of many bytes, or of an unknown number. */
const isLarge = ({ "content-length": length }: IncomingHttpHeaders): boolean =>
  length === undefined || Number(length) >= MIN_BULK_BYTES;

/** Creates the handlers of Katello's six calls. */
export function createSync({ target, users, maxBodyBytes, beginBulkWork, log }: SyncOptions): SyncHandlers {
  /** Creates a handler that reads, validates and applies a sync. */
  const accept =
    <Raw extends { readonly entry: number }, Row>(
      read: (body: IncomingBody) => Batches<Raw>,
      rules: () => (raw: Raw) => Row | undefined,
      replace: Replace<Row>,
    ) =>
    async ({ body, headers, caller, requestId }: SyncCall) => {
      const context: SyncContext = {
        requestId,
        caller: caller.name,
        started: performance.now(),
        counts: { entries: 0, invalid: 0, bytes: 0 },
        invalidEntries: [],
      };
      const endBulkWork = isLarge(headers) ? beginBulkWork() : undefined;
      try {
        const batches = read({ ...body, chunks: plainBytes(body.chunks, headers, maxBodyBytes, context) });
        const rows = await readAhead(checkedRows(batches, context, log, rules()), context);
        const record = await replace(context, rows).catch((error: unknown) => {
          const entry = { request_id: requestId, caller: caller.name, ...context.counts, err: error };
          log.error(entry, "sync failed: nothing has been changed");
          throw error;
        });
        log.info(record, record.outcome === "done" ? "sync applied" : "sync ignored");
        return { status: 200, body: {} } as const;
      } finally {
        endBulkWork?.();
      }
    };

  return {
    putRepositories: accept(readRepositories, () => listedRepository, target.replaceRepositories),
    getUsers: async ({ requestId, caller }) => ({
      status: 200,
      body: { users: await users.list({ requestId, caller: caller.name }) },
    }),
    putUserGrants: accept(readUserGrants, userGrants, target.replaceUserGrants),
    putHosts: accept(readHosts, () => listedHost, target.replaceHosts),
    putHostGrants: accept(readHostGrants, hostGrants, target.replaceHostGrants),
    putOneHostGrants: accept(readHostGrants, hostGrants, target.replaceOneHostGrants),
  };
}
