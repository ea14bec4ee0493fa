/** What Katello pushes at a sync. Bodies are read as they come; an entry that breaks the contract is left out and counted. */
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import type { Administrator, Handlers, IncomingBody } from "../model/operations.ts";
import type { Batches, ListedRepository, MappedGrant, SyncContext } from "../model/syncs.ts";
import { readHostGrants, readHosts, readRepositories, readUserGrants } from "../sync/body/read-body.ts";
import { hostGrant, listedHost, listedRepository, userGrant } from "../sync/entry-rules.ts";
import { checkedRows, plainBytes, readAhead } from "../sync/plain-body.ts";

type Replace<Row> = (push: SyncContext, batches: Batches<Row>) => Promise<{ readonly outcome: string }>;

/** Where pushes are written, whole or not at all. */
export interface SyncTarget {
  readonly replaceRepositories: Replace<ListedRepository>;
  readonly replaceUserGrants: Replace<MappedGrant>;
  readonly replaceHosts: Replace<string>;
  readonly replaceHostGrants: Replace<MappedGrant>;
  readonly replaceOneHostGrants: Replace<MappedGrant>;
}

/** Who is known. */
export interface UserList {
  list(asked: { readonly requestId: string; readonly caller: string }): Promise<string[]>;
}

/** What the handlers of a sync rest on. */
export interface SyncOptions {
  readonly target: SyncTarget;
  readonly users: UserList;
  /** Bytes of a body at most: the setting `max_sync_bytes`. */
  readonly longestBody: number;
  readonly log: Logger;
}

type SyncHandlers = Pick<
  Handlers,
  "putRepositories" | "getUsers" | "putUserGrants" | "putHosts" | "putHostGrants" | "putOneHostGrants"
>;

interface Push {
  readonly body: IncomingBody;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Administrator;
  readonly requestId: string;
}

/** Makes the handlers of Katello's six calls. */
export function createSync({ target, users, longestBody, log }: SyncOptions): SyncHandlers {
  /** Reads, checks, writes, and answers as Katello wants it. */
  const accept =
    <Raw extends { readonly entry: number }, Row>(
      read: (body: IncomingBody) => Batches<Raw>,
      convert: (raw: Raw) => Row | undefined,
      replace: Replace<Row>,
    ) =>
    async ({ body, headers, caller, requestId }: Push) => {
      const push: SyncContext = {
        requestId,
        caller: caller.name,
        started: performance.now(),
        counts: { entries: 0, invalid: 0, bytes: 0 },
        invalidEntries: [],
      };
      const batches = read({ ...body, chunks: plainBytes(body.chunks, headers, longestBody, push) });
      const rows = await readAhead(checkedRows(batches, push, log, convert), push);
      const record = await replace(push, rows).catch((error: unknown) => {
        const told = { request_id: requestId, caller: caller.name, ...push.counts, err: error };
        log.warn(told, "a push failed, nothing of it is in force");
        throw error;
      });
      log.info(record, record.outcome === "done" ? "a push is in force" : "a push came to nothing");
      return { status: 200, body: {} } as const;
    };

  return {
    putRepositories: accept(readRepositories, listedRepository, target.replaceRepositories),
    getUsers: async ({ requestId, caller }) => ({
      status: 200,
      body: { users: await users.list({ requestId, caller: caller.name }) },
    }),
    putUserGrants: accept(readUserGrants, userGrant, target.replaceUserGrants),
    putHosts: accept(readHosts, listedHost, target.replaceHosts),
    putHostGrants: accept(readHostGrants, hostGrant, target.replaceHostGrants),
    putOneHostGrants: accept(readHostGrants, hostGrant, target.replaceOneHostGrants),
  };
}
