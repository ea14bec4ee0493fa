/** Katello's syncs, shared by the code that reads them and the code that stores them. */
import type { components } from "../generated/openapi.ts";

/** Kind of sync. */
export type SyncKind = components["schemas"]["SyncKind"];

/** Kinds of Katello's calls. Its request for the list of users is the first step of a sync of their grants. */
export const KIND_BY_OPERATION: ReadonlyMap<string, SyncKind> = new Map([
  ["putRepositories", "repositories"],
  ["getUsers", "users"],
  ["putUserGrants", "user_grants"],
  ["putHosts", "hosts"],
  ["putHostGrants", "host_grants"],
  ["putOneHostGrants", "one_host_grants"],
]);

/** Katello's request for the list of users. */
export interface ListRequest {
  readonly requestId: string;
  /** Caller, as that of a sync. */
  readonly caller: string;
}

/** Lists the users for Katello. */
export interface UserList {
  list(request: ListRequest): Promise<string[]>;
}

/** Repository in Katello's list. */
export interface ListedRepository {
  readonly name: string;
  readonly authRequired: boolean;
}

/** Grant of a repository to a subject. Without a repository, the entry only names the subject. */
export interface MappedGrant {
  /** Login of a user or UUID of a host. */
  readonly subject: string;
  readonly repository: string | undefined;
  /** Index of the name in the reader's cache of texts: equal indexes mean equal names; -1, the default, if it is not cached. */
  readonly place?: number;
}

/** Sync in progress. Its counts grow while the body is read. */
export interface SyncContext {
  readonly requestId: string;
  /** Caller: the common name of a certificate, or `unix`. */
  readonly caller: string;
  /** Time of arrival, by `performance.now()`. */
  readonly started: number;
  readonly counts: { entries: number; invalid: number; bytes: number };
  /** Numbers of the first invalid entries. */
  readonly invalidEntries: number[];
}

/** A call of Katello that was refused before its body was read. */
export interface RefusedCall {
  /** Operation of the contract. */
  readonly operation: string;
  /** Common name of the certificate. */
  readonly caller: string;
  readonly requestId: string;
  readonly error: unknown;
}

/** Rows that a sync changed, and number of entries that name unlisted repositories. */
export interface SyncChange {
  readonly inserted: number;
  readonly deleted: number;
  readonly unknown: number;
}

/** Rows in batches, as they are read. */
export type Batches<Row> = AsyncIterable<readonly Row[]>;

/** True for the record of a sync that has not been applied. One that a newer one has overtaken is in order. */
export const isFailed = ({ outcome }: { readonly outcome: string }): boolean =>
  outcome !== "done" && !outcome.startsWith("outdated");

/** Age from which on Katello's last list of repositories is a sync that has been missed. */
const MAX_SYNC_AGE_MS = 24 * 60 * 60 * 1000;

/** Time of Katello's last list of repositories if none has come for a day. @param last the last record of each kind */
export const missedSince = (last: readonly { readonly kind: SyncKind; readonly at: string }[]) =>
  last.find(({ kind, at }) => kind === "repositories" && Date.now() - Date.parse(at) > MAX_SYNC_AGE_MS)?.at;
