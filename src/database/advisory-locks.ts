/** PostgreSQL's advisory locks, which serialize work among all gateways that share the database. */
import type { Queries } from "./database.ts";

/** First key of all advisory locks of the gateways. The second key is from `LOCKS`. */
const LOCK_CLASS_ID = 7_226_320;
/**
 * `user_grants` serializes syncs of user mappings. `host_grants` and `user_grants_apply` protect the grants themselves: a
 * sync holds them exclusively, logins and single hosts share them. A transaction that takes several takes them in this
 * order.
 */
const LOCKS = { repositories: 1, hosts: 3, user_grants: 2, host_grants: 4, user_grants_apply: 5 } as const;
/** Name of an advisory lock. */
export type Lock = keyof typeof LOCKS;

/** Returns both keys of a lock. */
export const lockIds = (name: Lock): readonly [lockClass: number, id: number] => [LOCK_CLASS_ID, LOCKS[name]];

/** Acquires an exclusive lock until the end of the transaction. After `seconds` PostgreSQL fails with 55P03. */
export async function lock(queries: Queries, name: Lock, seconds: number): Promise<void> {
  await queries.none(`SET LOCAL lock_timeout = ${Math.ceil(seconds * 1000)}`);
  await queries.any("SELECT pg_advisory_xact_lock($1, $2)", [LOCK_CLASS_ID, LOCKS[name]]);
}

/** Tries to acquire a shared lock until the end of the transaction, without waiting; resolves to true if it succeeded. */
export async function tryLock(queries: Pick<Queries, "one">, name: Lock): Promise<boolean> {
  const { taken } = await queries.one<{ taken: boolean }>(
    "SELECT pg_try_advisory_xact_lock_shared($1, $2) AS taken",
    [LOCK_CLASS_ID, LOCKS[name]],
  );
  return taken;
}
