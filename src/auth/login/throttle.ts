/**
 * Login throttling. Failures are counted per account at an address, so that nobody is locked out by others; less strictly per
 * address, whatever the account; and for the gateway as a whole, since Foreman sees one address and would lock all of it out.
 */
import type { Logger } from "pino";
import { siteOf } from "../../connection/network.ts";
import { type RegistryError, registryError, unavailable } from "../../model/errors.ts";
import type { LoginRequest } from "../../model/logins.ts";
import { FairSemaphore } from "../../resilience/fair-semaphore.ts";
import { SerialQueue } from "../../resilience/serial-queue.ts";
import { keysOf, type LoginKeys } from "./login-keys.ts";

/** The outcome of a login for the counts. */
export type LoginOutcome = "succeeded" | "failed" | "unknown";

/** The counts of logins, shared by all workers and gateways. */
export interface LoginCount {
  isKnown(name: string): Promise<boolean>;
  reserve(
    keys: LoginKeys,
    known: boolean,
  ): Promise<{
    readonly kind: "admitted" | "refused" | "busy";
    readonly bound?: "account" | "address" | "gateway";
    readonly seconds?: number;
  }>;
  finish(keys: LoginKeys, outcome: LoginOutcome): Promise<void>;
  /** Returns the seconds for which logins of an account at an address are refused; 0 if they are not. */
  wait(keys: LoginKeys): Promise<number>;
}

/** Timeout of a login that waits for others under way. */
const MAX_WAIT_MS = 30_000;
/** Interval between two checks for the end of logins of other workers. */
const CHECK_INTERVAL_MS = 100;
/** Interval between two log lines about the same lockout. */
const WARNING_INTERVAL_MS = 60_000;

function tooManyFailures(seconds: number): RegistryError {
  return registryError("TOOMANYREQUESTS", {
    message: "too many logins have failed here, try again later (login_attempts, foreman_failed_logins)",
    headers: { "Retry-After": String(Math.max(1, Math.ceil(seconds))) },
  });
}

const gatewayLockedOut = (seconds: number): RegistryError =>
  unavailable(
    "too many logins have failed at this gateway: names that have not logged in here before have to wait (foreman_failed_logins)",
    Math.max(1, Math.ceil(seconds)),
  );

/** Wakes logins that wait for the end of another one. */
class LoginEnds {
  readonly #waiting = new Set<() => void>();

  /** Resolves when a login of this process ends, or at the next check for those of others. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, CHECK_INTERVAL_MS);
      this.#waiting.add(done);
    });
  }

  ended(): void {
    for (const done of [...this.#waiting]) done();
  }
}

/** Throttles the logins of one process. */
export class LoginThrottle {
  readonly #count: LoginCount;
  readonly #log: Logger;
  /** One login of an account at an address takes its place at a time. */
  readonly #accounts = new Map<string, SerialQueue>();
  /** One query at a time, for the addresses in turn: logins take one connection to the database, however many there are. */
  readonly #queries = new FairSemaphore({ slots: 1 });
  /** Logins beyond the gateway's own bound wait in one of two queues: names that have logged in before have their own. */
  readonly #known = new FairSemaphore({ slots: 1 });
  readonly #unknown = new FairSemaphore({ slots: 1 });
  readonly #ends = new LoginEnds();
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(count: LoginCount, log: Logger) {
    this.#count = count;
    this.#log = log;
  }

  /** @throws RegistryError TOOMANYREQUESTS if the account or the address is locked out */
  async admit(request: LoginRequest): Promise<void> {
    const seconds = await this.#count.wait(keysOf(request));
    if (seconds > 0) throw tooManyFailures(seconds);
  }

  /**
   * Takes a place under all bounds, as soon as there is one.
   * @returns a function that gives it back with the outcome of the login
   * @throws RegistryError TOOMANYREQUESTS or UNAVAILABLE for a login that may not be tried, or has waited too long
   */
  async reserve(request: LoginRequest): Promise<(outcome: LoginOutcome) => Promise<void>> {
    const keys = keysOf(request);
    const queue = this.#accounts.get(keys.account) ?? new SerialQueue();
    this.#accounts.set(keys.account, queue);
    try {
      await queue.run(() => this.#admitted(keys, request));
    } finally {
      if (queue.length === 0) this.#accounts.delete(keys.account);
    }
    return async (outcome) => {
      await this.#count.finish(keys, outcome);
      this.#ends.ended();
    };
  }

  async #admitted(keys: LoginKeys, request: LoginRequest): Promise<void> {
    const deadline = performance.now() + MAX_WAIT_MS;
    for (;;) {
      const { kind, bound, seconds = 0 } = await this.#reserve(keys, request, deadline);
      if (kind === "admitted") return;
      if (kind === "refused") throw bound === "gateway" ? this.#lockedOut(seconds) : tooManyFailures(seconds);
      if (performance.now() > deadline) throw unavailable("too many logins are under way at once", 2);
      await this.#ends.next();
    }
  }

  async #reserve(keys: LoginKeys, { name, address }: LoginRequest, deadline: number) {
    const site = siteOf(address ?? "");
    const reserve = (known: boolean) => this.#queries.run(site, () => this.#count.reserve(keys, known));
    if (this.#unknown.held === 0 && this.#known.held === 0) {
      const admission = await reserve(false);
      if (admission.bound !== "gateway") return admission;
    }
    const known = await this.#queries.run(site, () => this.#count.isKnown(name));
    return (known ? this.#known : this.#unknown).run(site, async () => {
      for (;;) {
        const admission = await reserve(known);
        const waits = admission.kind === "busy" && admission.bound === "gateway";
        if (!waits || performance.now() > deadline) return admission;
        await this.#ends.next();
      }
    });
  }

  #lockedOut(seconds: number): RegistryError {
    if (performance.now() - this.#warnedAt > WARNING_INTERVAL_MS) {
      this.#warnedAt = performance.now();
      this.#log.warn(
        { seconds: Math.ceil(seconds) },
        "login throttled: the failed logins of this gateway have reached foreman_failed_logins",
      );
    }
    return gatewayLockedOut(seconds);
  }
}
