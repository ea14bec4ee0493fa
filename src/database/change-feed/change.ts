/** What is announced when something changes, on PostgreSQL's channel and in the very transaction that changes it. */

/** PostgreSQL's channel (LISTEN, NOTIFY). */
export const CHANNEL = "container_gateway";
/** SQL that says a text on a channel. */
export const NOTIFY = "SELECT pg_notify($1, $2)";

const KINDS = ["repositories", "users", "hosts", "tokens"] as const;
/**
 * What can change: `repositories`, known by their names: listed, no longer listed, open or closed; `users` and `hosts`,
 * known by their ids: their grants; `tokens`, known by their checksums: whose they are and what that user is called,
 * and until when they are good.
 */
export type ChangeKind = (typeof KINDS)[number];

/** Something changed, and whoever remembers it must ask again. */
export interface Change {
  readonly kind: ChangeKind;
  /** Names, ids or checksums; undefined for all of the kind. None of them holds a space. */
  readonly keys: readonly string[] | undefined;
}

/** PostgreSQL takes payloads of less than 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;
const ALL = "*";

/** A change in one line: the kind and its keys, or `*` where they would not fit. */
export function changeText({ kind, keys }: Change): string {
  const text = `${kind} ${keys?.join(" ") ?? ALL}`;
  return Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES ? text : `${kind} ${ALL}`;
}

/** @returns undefined for what is no change */
export function parseChange(text: string): Change | undefined {
  const [first, ...keys] = text.split(" ");
  const kind = KINDS.find((known) => known === first);
  if (kind === undefined) return undefined;
  return { kind, keys: keys[0] === ALL ? undefined : keys };
}
