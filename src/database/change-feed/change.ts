/** Notifications of changes, sent on PostgreSQL's channel by the transaction that makes the change. */

/** PostgreSQL's channel (LISTEN, NOTIFY). */
export const CHANNEL = "container_gateway";
/** Statement that sends a payload on a channel. */
export const NOTIFY = "SELECT pg_notify($1, $2)";

const KINDS = ["repositories", "users", "hosts", "tokens", "lockouts"] as const;
/**
 * Kind of a change. `repositories`, by name: listed, removed, opened or closed. `users` and `hosts`, by id: their grants.
 * `tokens`, by checksum: their user, the name of that user, and their expiry. `lockouts`: an operator has ended some.
 */
export type ChangeKind = (typeof KINDS)[number];

/** A change, which invalidates cached values. */
export interface Change {
  readonly kind: ChangeKind;
  /** Names, ids or checksums, none of which holds a space; undefined for all of the kind. */
  readonly keys: readonly string[] | undefined;
}

/** PostgreSQL limits payloads to less than 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;
const ALL = "*";

/** Serializes a change: the kind and its keys, or `*` if the keys don't fit into a payload. */
export function changeText({ kind, keys }: Change): string {
  const text = `${kind} ${keys?.join(" ") ?? ALL}`;
  return Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES ? text : `${kind} ${ALL}`;
}

/** @returns undefined if the payload is not a change */
export function parseChange(text: string): Change | undefined {
  const [first, ...keys] = text.split(" ");
  const kind = KINDS.find((candidate) => candidate === first);
  if (kind === undefined) return undefined;
  return { kind, keys: keys[0] === ALL ? undefined : keys };
}
