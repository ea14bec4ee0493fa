/** Katello's pushes, in words that those who read them and those who store them share. */

import type { components } from "../generated/openapi.ts";

/** The kinds of pushes. */
export type SyncKind = components["schemas"]["SyncKind"];

/** A repository as Katello lists it. */
export interface ListedRepository {
  readonly name: string;
  readonly authRequired: boolean;
}

/** A subject may pull a repository; without a repository the subject is only mentioned. */
export interface MappedGrant {
  /** A login or a host's uuid. */
  readonly subject: string;
  readonly repository: string | undefined;
}

/** A push under way. Its counts grow while its body is read. */
export interface SyncContext {
  readonly requestId: string;
  /** Who pushes: the common name of a certificate, or `unix`. */
  readonly caller: string;
  /** When it came, by `performance.now()`. */
  readonly started: number;
  readonly counts: { entries: number; invalid: number; bytes: number };
  /** Numbers of the first entries that are invalid. */
  readonly invalidEntries: number[];
}

/** What a push changed, and how many of its entries name repositories that are not listed. */
export interface SyncChange {
  readonly inserted: number;
  readonly deleted: number;
  readonly unknown: number;
}

/** Rows in the batches in which they are read. */
export type Batches<Row> = AsyncIterable<readonly Row[]>;
