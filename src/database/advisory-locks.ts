/** PostgreSQL's advisory locks: what one gateway does at a time, of all that share the database. */
import type { Queries } from "./database.ts";

/** The first number is ours, the second says for what. */
const LOCK_CLASS_ID = 7_226_320;
/**
 * `user_grants`: a mapping of users is being brought in; `host_grants` and `user_grants_apply`: grants are being written,
 * by one push alone, or by logins and single hosts together. Whoever takes several takes them in this order.
 */
const LOCKS = { repositories: 1, hosts: 3, user_grants: 2, host_grants: 4, user_grants_apply: 5 } as const;
/** What is done by one gateway at a time. */
export type Lock = keyof typeof LOCKS;

/** The two numbers of a lock. */
export const lockIds = (name: Lock): readonly [lockClass: number, id: number] => [LOCK_CLASS_ID, LOCKS[name]];

/** Waits for a lock, to hold it alone until the end of the transaction; after `seconds` PostgreSQL answers 55P03. */
export async function lock(queries: Queries, name: Lock, seconds: number): Promise<void> {
  await queries.none(`SET LOCAL lock_timeout = ${Math.ceil(seconds * 1000)}`);
  await queries.any("SELECT pg_advisory_xact_lock($1, $2)", [LOCK_CLASS_ID, LOCKS[name]]);
}

/** Takes a lock together with others of this kind until the end of the transaction, if it is free for that now. */
export async function tryLock(queries: Pick<Queries, "one">, name: Lock): Promise<boolean> {
  const { taken } = await queries.one<{ taken: boolean }>(
    "SELECT pg_try_advisory_xact_lock_shared($1, $2) AS taken",
    [LOCK_CLASS_ID, LOCKS[name]],
  );
  return taken;
}
