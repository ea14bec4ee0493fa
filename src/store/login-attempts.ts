/**
 * Counts of failed logins and logins under way, in PostgreSQL, for all workers and gateways together. A login takes its place in
 * the counts before Katello is asked, so that many at once can't exceed a bound.
 */
import { hostname } from "node:os";
import { BatchedLookup } from "../database/batched-lookup.ts";
import type { Database } from "../database/database.ts";
import { foldLogin } from "../model/logins.ts";
import { BoundedMap } from "../resilience/bounded-map.ts";

/** Keys that one login counts for. */
export interface LoginKeys {
  /** Of the account at an address. */
  readonly account: string;
  readonly address: string;
}

/** Bound that refuses a login: of its account, of its address, or of the gateway. */
export type LoginBound = "account" | "address" | "gateway";

/**
 * Decision about a login: it may be tried now; it is refused for `seconds`, as too many have failed; or it has to wait until
 * another one under way has ended.
 */
export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "refused"; readonly bound: LoginBound; readonly seconds: number }
  | { readonly kind: "busy"; readonly bound: LoginBound };

/** Outcome of a login for the counts. */
export type LoginOutcome = "succeeded" | "failed" | "unknown";

/** Failures that are allowed; 0 for any number. */
export interface LoginBounds {
  readonly perAccount: number;
  readonly perAddress: number;
  /** Of this gateway, for all accounts together. */
  readonly perGateway: number;
}

/** Time for which failures count: from the first one; for a gateway from the last one, as Foreman counts. */
const WINDOW_S = 300;
/** Time after which a login under way counts as abandoned. Requests to Katello time out long before. */
const ABANDONED_S = 150;
/** Fraction of a gateway's failures that is reserved for names that have logged in before. */
const RESERVED_FRACTION = 1 / 3;
/** Cached keys that are over their bound, so that a flood costs no queries. */
const MAX_BLOCKED = 10_000;

/** SQL of the failures and the logins under way of a row `a` that still count, and of whether there is room for one more. */
const FAILURES = "CASE WHEN a.forgotten_at > now() THEN a.failures ELSE 0 END";
const UNDER_WAY = "CASE WHEN a.abandoned_at > now() THEN a.under_way ELSE 0 END";
const HAS_ROOM = `(${FAILURES} + ${UNDER_WAY} < excluded.most)`;

const RESERVE = `WITH forgotten AS (
  DELETE FROM login_attempts WHERE key IN (
    SELECT key FROM login_attempts WHERE greatest(forgotten_at, abandoned_at) < now() AND key <> ALL($1::text[])
     LIMIT 10 FOR UPDATE SKIP LOCKED))
INSERT INTO login_attempts AS a (key, most, admitted, failures, forgotten_at, under_way, abandoned_at)
SELECT key, most, true, 0, now() + make_interval(secs => $3), 1, now() + make_interval(secs => $4)
  FROM unnest($1::text[], $2::int[]) AS wanted (key, most) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
  most = excluded.most,
  admitted = ${HAS_ROOM},
  failures = ${FAILURES},
  forgotten_at = CASE WHEN a.forgotten_at > now() THEN a.forgotten_at ELSE excluded.forgotten_at END,
  under_way = ${UNDER_WAY} + ${HAS_ROOM}::int,
  abandoned_at = CASE WHEN ${HAS_ROOM} THEN excluded.abandoned_at ELSE a.abandoned_at END
RETURNING key, admitted, failures, extract(epoch FROM forgotten_at - now())::float8 AS seconds`;

const SETTLE = `UPDATE login_attempts a SET
    under_way = greatest(0, under_way - 1),
    failures = CASE WHEN a.key = ANY($2::text[]) THEN ${FAILURES} + 1
                    WHEN a.key = $3 THEN 0 ELSE failures END,
    forgotten_at = CASE WHEN a.key = ANY($2::text[]) AND (forgotten_at <= now() OR a.key = $4)
                        THEN now() + make_interval(secs => $5) ELSE forgotten_at END
  FROM (SELECT key FROM login_attempts WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE) locked
 WHERE locked.key = a.key`;

interface Reserved {
  readonly key: string;
  readonly admitted: boolean;
  readonly failures: number;
  readonly seconds: number;
}

/** A key with its bound. */
interface Counted {
  readonly bound: LoginBound;
  readonly key: string;
  readonly most: number;
}

/** Counts logins. */
export class LoginAttempts {
  readonly #db: Pick<Database, "any" | "one" | "none">;
  readonly #bounds: LoginBounds;
  readonly #gateway: string;
  /** End of the lockout of a key, in milliseconds of the process's clock. */
  readonly #blocked = new BoundedMap<string, number>(MAX_BLOCKED);
  /** Failures by keys: the nodes of a pool log in at the same time. */
  readonly #failures = new BatchedLookup<readonly string[], readonly Reserved[]>((lists) =>
    this.#failuresOf(lists),
  );

  /** @param host distinguishes the gateways of one database: Foreman counts per address */
  constructor(db: Pick<Database, "any" | "one" | "none">, bounds: LoginBounds, host: string = hostname()) {
    this.#db = db;
    this.#bounds = bounds;
    this.#gateway = `gateway:${host}`;
  }

  /** Returns true if a user of this name has logged in before. */
  async isKnown(name: string): Promise<boolean> {
    const { known } = await this.#db.one<{ known: boolean }>(
      "SELECT EXISTS (SELECT FROM users WHERE folded_name = $1) AS known",
      [foldLogin(name)],
    );
    return known;
  }

  /**
   * Takes a place in the counts, which `finish` gives back.
   * @param known true if the name has logged in before: a part of the gateway's bound is reserved for such names
   */
  async reserve(keys: LoginKeys, known: boolean): Promise<Admission> {
    const counted = this.#counted(keys, known);
    const blocked = this.#blockedOf(counted);
    if (blocked !== undefined || counted.length === 0) return blocked ?? { kind: "admitted" };
    const rows = await this.#db.any<Reserved>(RESERVE, [
      counted.map(({ key }) => key),
      counted.map(({ most }) => most),
      WINDOW_S,
      ABANDONED_S,
    ]);
    const refusal = this.#judge(counted, rows);
    if (refusal === undefined) return { kind: "admitted" };
    const taken = rows.filter(({ admitted }) => admitted).map(({ key }) => key);
    if (taken.length > 0) await this.#finish(taken, [], undefined);
    return refusal;
  }

  /** Gives back the place of a login that has ended. A success clears the failures of its account, and no others. */
  async finish(keys: LoginKeys, outcome: LoginOutcome): Promise<void> {
    const counted = this.#counted(keys, true).map(({ key }) => key);
    if (counted.length === 0) return;
    const account = `account:${keys.account}`;
    if (outcome === "succeeded") this.#blocked.delete(`${account} ${this.#bounds.perAccount}`);
    await this.#finish(
      counted,
      outcome === "failed" ? counted : [],
      outcome === "succeeded" ? account : undefined,
    );
  }

  /** Queries again about keys that were over their bound: an operator has ended lockouts. */
  reload(): void {
    this.#blocked.clear();
  }

  /** Returns the seconds for which the account or the address is locked out; 0 if it is not. */
  async wait(keys: LoginKeys): Promise<number> {
    const counted = this.#counted(keys, true).filter(({ bound }) => bound !== "gateway");
    const blocked = this.#blockedOf(counted);
    if (blocked !== undefined) return blocked.seconds;
    const wanted = counted.map(({ key }) => key);
    const refusal = this.#judge(counted, await this.#failures.find(wanted.join(" "), wanted));
    return refusal?.kind === "refused" ? refusal.seconds : 0;
  }

  /** Returns the failures of each list of keys, in one statement for all. */
  async #failuresOf(lists: readonly (readonly string[])[]): Promise<Reserved[][]> {
    const rows = await this.#db.any<Reserved>(
      `SELECT key, false AS admitted, failures, extract(epoch FROM forgotten_at - now())::float8 AS seconds
         FROM login_attempts WHERE key = ANY($1::text[]) AND forgotten_at > now()`,
      [[...new Set(lists.flat())]],
    );
    const byKey = new Map(rows.map((row) => [row.key, row]));
    return lists.map((keys) => keys.flatMap((key) => byKey.get(key) ?? []));
  }

  #counted({ account, address }: LoginKeys, known: boolean): Counted[] {
    const { perAccount, perAddress, perGateway } = this.#bounds;
    const ofGateway = known ? perGateway : Math.max(1, Math.floor(perGateway * (1 - RESERVED_FRACTION)));
    const all: Counted[] = [
      { bound: "account", key: `account:${account}`, most: perAccount },
      { bound: "address", key: `address:${address}`, most: perAddress },
      { bound: "gateway", key: this.#gateway, most: perGateway === 0 ? 0 : ofGateway },
    ];
    return all.filter(({ most }) => most > 0);
  }

  #blockedOf(counted: readonly Counted[]): Extract<Admission, { kind: "refused" }> | undefined {
    const now = performance.now();
    for (const { bound, key, most } of counted) {
      const until = this.#blocked.get(`${key} ${most}`) ?? 0;
      if (until > now) return { kind: "refused", bound, seconds: (until - now) / 1000 };
    }
    return undefined;
  }

  /** Returns the reason to refuse or delay a login: too many failures first, then too many under way. */
  #judge(counted: readonly Counted[], rows: readonly Reserved[]): Admission | undefined {
    const found = counted.map((one) => ({ ...one, row: rows.find(({ key }) => key === one.key) }));
    for (const { bound, key, most, row } of found) {
      if (row === undefined || row.failures < most) continue;
      this.#blocked.set(`${key} ${most}`, performance.now() + row.seconds * 1000);
      return { kind: "refused", bound, seconds: row.seconds };
    }
    const busy = found.find(({ row }) => row?.admitted === false);
    return busy && { kind: "busy", bound: busy.bound };
  }

  async #finish(keys: readonly string[], failed: readonly string[], forgiven: string | undefined) {
    await this.#db.none(SETTLE, [keys, failed, forgiven ?? null, this.#gateway, WINDOW_S]);
  }
}
