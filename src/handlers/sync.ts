/** What Katello pushes at a sync. Bodies are read as they come; an entry that breaks the contract is left out and counted. */
import type { Logger } from "pino";
import { registryError } from "../errors.ts";
import {
  FormError,
  type GrantRow,
  readHostGrants,
  readHosts,
  readRepositories,
  readUserGrants,
  UnsupportedContentType,
} from "../forms/push.ts";
import { GRAMMAR } from "../generated/grammar.ts";
import type { Batches, ListedRepository, MappedGrant, PushContext } from "../grants.ts";
import { isRepositoryName } from "../names.ts";
import type { Handlers, IncomingBody } from "../operations.ts";

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
  list(requestId: string): Promise<string[]>;
}

/** What the handlers of a sync rest on. */
export interface SyncOptions {
  readonly target: PushTarget;
  readonly users: UserList;
  readonly log: Logger;
}

/** Longer bodies are refused; Katello's largest known is 310 MB. */
const LONGEST_BODY = 1024 * 1024 * 1024;

/** True and false however they are written; undefined for what is neither. */
function truth(value: string | boolean | undefined): boolean | undefined {
  const text = String(value).toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw registryError("SIZE_INVALID", { detail: { limit: LONGEST_BODY } });
    yield chunk;
  }
}

/** Keeps what `convert` accepts, and counts the rest. Entries are numbered from 1; 0 only mentions a subject. */
async function* checked<Raw extends { readonly entry: number }, Row>(
  batches: Batches<Raw>,
  { counts, requestId }: PushContext,
  log: Logger,
  convert: (raw: Raw) => Row | undefined,
): AsyncGenerator<Row[]> {
  let valid = 0;
  for await (const batch of batches) {
    const rows: Row[] = [];
    for (const raw of batch) {
      if (raw.entry > 0) counts.entries += 1;
      const row = convert(raw);
      if (row !== undefined) rows.push(row);
      else if (++counts.invalid <= 10)
        log.warn({ request_id: requestId, entry: raw.entry }, "an invalid entry is left out");
    }
    valid += rows.length;
    yield rows;
  }
  // A body of nothing but nonsense is a mistake, and no order to forget everything.
  if (valid === 0 && counts.invalid > 0) {
    throw registryError("REQUEST_INVALID", { message: `none of the ${counts.invalid} entries is valid` });
  }
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

function explain(error: unknown): unknown {
  if (error instanceof FormError) {
    return registryError("REQUEST_INVALID", {
      message: error.message,
      detail: { place: error.place },
      cause: error,
    });
  }
  if (error instanceof UnsupportedContentType) {
    return registryError("UNSUPPORTED", { status: 415, message: error.message, cause: error });
  }
  return error;
}

type SyncHandlers = Pick<
  Handlers,
  "putRepositories" | "getUsers" | "putUserGrants" | "putHosts" | "putHostGrants" | "putOneHostGrants"
>;

/** Makes the handlers of Katello's six calls. */
export function createSync({ target, users, log }: SyncOptions): SyncHandlers {
  /** Reads, checks, writes, and answers as Katello wants it. */
  const accept =
    <Raw extends { readonly entry: number }, Row>(
      read: (body: IncomingBody) => Batches<Raw>,
      convert: (raw: Raw) => Row | undefined,
      replace: Replace<Row>,
    ) =>
    async ({ body, requestId }: { body: IncomingBody; requestId: string }) => {
      const push = { requestId, counts: { entries: 0, invalid: 0 } };
      const batches = read({ ...body, chunks: bounded(body.chunks) });
      try {
        const change = await replace(push, checked(batches, push, log, convert));
        log.info({ request_id: requestId, ...push.counts, ...change }, "a push is in force");
      } catch (error) {
        throw explain(error);
      }
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
    getUsers: async ({ requestId }) => ({ status: 200, body: { users: await users.list(requestId) } }),
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
