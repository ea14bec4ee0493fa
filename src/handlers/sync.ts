/** What Katello pushes at a sync. Bodies are read as they come; an entry that breaks the contract is left out and counted. */
import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import { type GrantRow, readHostGrants, readHosts, readRepositories, readUserGrants } from "../forms/push.ts";
import { GRAMMAR } from "../generated/grammar.ts";
import type { Batches, ListedRepository, MappedGrant, PushContext } from "../grants.ts";
import { isRepositoryName } from "../names.ts";
import type { Administrator, Handlers, IncomingBody } from "../operations.ts";
import { checkedRows, plainBytes } from "./push-body.ts";

type Replace<Row> = (push: PushContext, batches: Batches<Row>) => Promise<object>;

/** Where pushes are written, whole or not at all. */
export interface PushTarget {
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
  readonly target: PushTarget;
  readonly users: UserList;
  /** Bytes of a body at most: the setting `max_push_bytes`. */
  readonly longestBody: number;
  readonly log: Logger;
}

/** True and false however they are written; undefined for what is neither. */
function truth(value: string | boolean | undefined): boolean | undefined {
  const text = String(value).toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

const isSubject = (rule: { pattern: RegExp; maxLength: number }, text: string): boolean =>
  text.length <= rule.maxLength && rule.pattern.test(text);

/** An entry that needs no authorization is listed, but grants nothing. */
const grant =
  (rule: { pattern: RegExp; maxLength: number }) =>
  (raw: GrantRow): MappedGrant | undefined => {
    const { subject, repository } = raw;
    if (!isSubject(rule, subject)) return undefined;
    if (raw.entry === 0) return { subject, repository: undefined };
    const authRequired = truth(raw.auth_required);
    if (repository === undefined || !isRepositoryName(repository) || authRequired === undefined)
      return undefined;
    return { subject, repository: authRequired ? repository : undefined };
  };

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
      const push: PushContext = {
        requestId,
        caller: caller.name,
        started: performance.now(),
        counts: { entries: 0, invalid: 0, bytes: 0 },
        invalidEntries: [],
      };
      const batches = read({ ...body, chunks: plainBytes(body.chunks, headers, longestBody, push) });
      const record = await replace(push, checkedRows(batches, push, log, convert)).catch((error: unknown) => {
        const told = { request_id: requestId, caller: caller.name, ...push.counts, err: error };
        log.warn(told, "a push failed, nothing of it is in force");
        throw error;
      });
      log.info(record, "a push is in force");
      return { status: 200, body: {} } as const;
    };

  return {
    putRepositories: accept(
      readRepositories,
      ({ repository, auth_required }) => {
        const authRequired = truth(auth_required);
        if (repository === undefined || !isRepositoryName(repository) || authRequired === undefined)
          return undefined;
        return { name: repository, authRequired };
      },
      target.replaceRepositories,
    ),
    getUsers: async ({ requestId, caller }) => ({
      status: 200,
      body: { users: await users.list({ requestId, caller: caller.name }) },
    }),
    putUserGrants: accept(readUserGrants, grant(GRAMMAR.Login), target.replaceUserGrants),
    putHosts: accept(
      readHosts,
      ({ uuid }) => (isSubject(GRAMMAR.HostUuid, uuid) ? uuid : undefined),
      target.replaceHosts,
    ),
    putHostGrants: accept(readHostGrants, grant(GRAMMAR.HostUuid), target.replaceHostGrants),
    putOneHostGrants: accept(readHostGrants, grant(GRAMMAR.HostUuid), target.replaceOneHostGrants),
  };
}
