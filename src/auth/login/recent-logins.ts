/** Recent logins: every pull of a client begins with one, and each would cost Katello two requests. */
import { createHmac, randomBytes } from "node:crypto";
import type { LoginRequest } from "../../model/logins.ts";
import { BoundedMap } from "../../resilience/bounded-map.ts";
import type { LoggedIn } from "./login-result.ts";

/** Settings and dependencies of the recent logins. */
export interface RecentLoginOptions {
  /** Seconds for which a login is reused; 0 for not at all. */
  readonly ttlS: number;
  /** True if a login is still valid: its token is stored, and that user's. */
  readonly isValid: (loggedIn: LoggedIn) => Promise<boolean>;
}

/** A login, the network of its client, and when it began in milliseconds of the process's clock. */
export interface RecentLogin {
  readonly loggedIn: LoggedIn;
  readonly network: string;
  readonly at: number;
}

/** A login that is still valid, with the seconds that its token has left by now. */
export interface ReusableLogin {
  readonly loggedIn: LoggedIn;
  /** True if the network has sent these credentials before, and was not locked out then: it learns nothing from a reply. */
  isAdmitted(network: string): boolean;
  /** Notes that a network has sent these credentials, and is not locked out. */
  admit(network: string): void;
}

interface Cached extends RecentLogin {
  readonly until: number;
}

/** Logins are cached for seconds, so even a busy site has no more of them. */
const MAX_LOGINS = 10_000;
/** Time between two removals of expired logins, each of which looks at all. */
const MIN_REMOVAL_INTERVAL_MS = 1_000;
/** Networks beside the first one of each login, in all. A pool of nodes shares one account. */
const MAX_NETWORKS = 20_000;

/**
 * Caches logins that succeeded. Credentials are known by a keyed hash, whose key never leaves the process. Refused logins are
 * not cached, and nobody gets the result of other credentials. A login without a scope and one with a scope are told apart:
 * only the first replaces a revoked token.
 */
export class RecentLogins {
  readonly #options: RecentLoginOptions;
  readonly #hashKey = randomBytes(32);
  readonly #logins = new BoundedMap<string, Cached>(MAX_LOGINS);
  #removal: NodeJS.Timeout | undefined;
  #removalAt = 0;
  /** Logins and further networks that have sent the same credentials. Holds no token: nobody removes what has expired. */
  readonly #admitted = new BoundedMap<string, true>(MAX_NETWORKS);

  constructor(options: RecentLoginOptions) {
    this.#options = options;
  }

  /** Returns the key of a login, equal for equal credentials and kinds of login. */
  keyOf({ authorization, replacesRevoked }: LoginRequest): string {
    const kind = replacesRevoked ? "fresh" : "scoped";
    return createHmac("sha256", this.#hashKey).update(`${kind} ${authorization}`).digest("base64");
  }

  /** Returns a login that is still valid. */
  async find(key: string): Promise<ReusableLogin | undefined> {
    const cached = this.#logins.get(key);
    if (cached === undefined || cached.until <= performance.now()) return undefined;
    const { loggedIn, network, at } = cached;
    if (!(await this.#options.isValid(loggedIn))) {
      if (this.#logins.get(key) === cached) this.#logins.delete(key);
      return undefined;
    }
    const secondsLeft = loggedIn.secondsLeft - (performance.now() - at) / 1000;
    const keyAt = (other: string) => `${key} ${at} ${other}`;
    return {
      loggedIn: { ...loggedIn, secondsLeft },
      isAdmitted: (other) => other === network || this.#admitted.has(keyAt(other)),
      admit: (other) => void this.#admitted.set(keyAt(other), true),
    };
  }

  /** Number of logins that are held, with their tokens. */
  get size(): number {
    return this.#logins.size;
  }

  /** Caches a login until it expires. */
  add(key: string, login: RecentLogin): void {
    const { loggedIn, at } = login;
    const { ttlS } = this.#options;
    if (ttlS === 0) return;
    const until = at + Math.min(ttlS, loggedIn.secondsLeft - 1) * 1000;
    this.#logins.set(key, { ...login, until });
    this.#removeAt(until);
  }

  /** Removes what has expired at a time, or a second from now, unless it will be removed before. */
  #removeAt(time: number): void {
    const now = performance.now();
    const at = Math.max(time, now + MIN_REMOVAL_INTERVAL_MS);
    if (this.#removal !== undefined && this.#removalAt <= at) return;
    clearTimeout(this.#removal);
    this.#removalAt = at;
    this.#removal = setTimeout(() => this.#removeExpired(), at - now).unref();
  }

  /** Removes logins that have expired, so that no token is held for long afterwards. */
  #removeExpired(): void {
    this.#removal = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [key, { until }] of this.#logins) {
      if (until <= now) this.#logins.delete(key);
      else next = Math.min(next, until);
    }
    if (next < Number.POSITIVE_INFINITY) this.#removeAt(next);
  }
}
