/**
 * Login throttling. Failures count for an account at an address, so that nobody is locked out by others; less strictly for an
 * address, whatever the account; and for the gateway as a whole, since Foreman sees one address and locks all of it out.
 */
import { hash } from "node:crypto";
import type { Logger } from "pino";
import { networkOf, siteOf } from "../../connection/network.ts";
import { type RegistryError, registryError, unavailable } from "../../model/errors.ts";
import { foldLogin, type LoginRequest } from "../../model/logins.ts";
import { FairSemaphore } from "../../resilience/fair-semaphore.ts";
import { SerialQueue } from "../../resilience/serial-queue.ts";
import { isLoggedIn, type LogIn } from "./login.ts";

/** The keys that a login counts for: checksums, since a name may be a password that was typed in the wrong place. */
interface Keys {
  readonly account: string;
  readonly address: string;
}

/** Where logins are counted, by all workers and gateways together. */
export interface LoginCount {
  isKnown(name: string): Promise<boolean>;
  reserve(
    keys: Keys,
    known: boolean,
  ): Promise<{
    readonly kind: "admitted" | "refused" | "busy";
    readonly bound?: "account" | "address" | "gateway";
    readonly seconds?: number;
  }>;
  finish(keys: Keys, outcome: "succeeded" | "failed" | "unknown"): Promise<void>;
  /** Seconds for which logins of an account at an address are refused; 0 if they are not. */
  wait(keys: Keys): Promise<number>;
}

/** Login that Katello is not asked for by who failed too often. */
export interface ThrottledLogin {
  readonly logIn: LogIn;
  /** @throws RegistryError TOOMANYREQUESTS for who has to wait; `logIn` looks for itself */
  readonly admit: (question: LoginRequest) => Promise<void>;
}

/** Milliseconds for which a login waits for others that are under way, and until it looks for those of other workers. */
const MAX_WAIT_MS = 30_000;
const CHECK_INTERVAL_MS = 100;
/** Milliseconds between two log lines about the same lockout. */
const WARNING_INTERVAL_MS = 60_000;

const checksum = (...parts: string[]): string => hash("sha256", parts.join("\0"), "base64url");

function keysOf({ name, address: from }: LoginRequest): Keys {
  const address = checksum(networkOf(from ?? "unix"));
  return { address, account: checksum(foldLogin(name), address) };
}

function tooManyFailures(seconds: number): RegistryError {
  return registryError("TOOMANYREQUESTS", {
    message: "too many logins have failed, try again later (login_attempts)",
    headers: { "Retry-After": String(Math.max(1, Math.ceil(seconds))) },
  });
}

const gatewayLockedOut = (seconds: number): RegistryError =>
  unavailable(
    "too many logins have failed at this gateway: names that have not logged in here before have to wait (foreman_failed_logins)",
    Math.max(1, Math.ceil(seconds)),
  );

/** Waits for the end of any login of this process, or a moment for those of others. */
class Endings {
  readonly #waiting = new Set<() => void>();

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

/** Makes a login that is refused to who failed too often, before Katello is asked. */
export function throttleLogins(logIn: LogIn, count: LoginCount, log: Logger): ThrottledLogin {
  const accounts = new Map<string, SerialQueue>();
  const looks = new FairSemaphore({ slots: 1 });
  const regulars = new FairSemaphore({ slots: 1 });
  const strangers = new FairSemaphore({ slots: 1 });
  const endings = new Endings();
  let warned = Number.NEGATIVE_INFINITY;

  function lockedOut(seconds: number): RegistryError {
    if (performance.now() - warned > WARNING_INTERVAL_MS) {
      warned = performance.now();
      log.warn(
        { seconds: Math.ceil(seconds) },
        "login throttled: the failed logins of this gateway have reached foreman_failed_logins",
      );
    }
    return gatewayLockedOut(seconds);
  }

  /** One look at a time, and addresses in turn: logins take one of the database's connections, however many there are. */
  const look = (site: string, keys: Keys, known: boolean) =>
    looks.run(site, () => count.reserve(keys, known));
  const isKnown = (site: string, name: string) => looks.run(site, () => count.isKnown(name));

  /** Logins beyond the gateway's own bound wait in one of two lines. Known names have a line of their own. */
  async function reserve(keys: Keys, { name, address }: LoginRequest, deadline: number) {
    const site = siteOf(address ?? "");
    if (strangers.held === 0 && regulars.held === 0) {
      const admission = await look(site, keys, false);
      if (admission.bound !== "gateway") return admission;
    }
    const known = await isKnown(site, name);
    return (known ? regulars : strangers).run(site, async () => {
      for (;;) {
        const admission = await look(site, keys, known);
        const waits = admission.kind === "busy" && admission.bound === "gateway";
        if (!waits || performance.now() > deadline) return admission;
        await endings.next();
      }
    });
  }

  /** @throws RegistryError for a login that may not be tried, or waits for too long */
  async function admitted(keys: Keys, question: LoginRequest): Promise<void> {
    const deadline = performance.now() + MAX_WAIT_MS;
    for (;;) {
      const { kind, bound, seconds = 0 } = await reserve(keys, question, deadline);
      if (kind === "admitted") return;
      if (kind === "refused") throw bound === "gateway" ? lockedOut(seconds) : tooManyFailures(seconds);
      if (performance.now() > deadline) throw unavailable("too many logins are under way at once", 2);
      await endings.next();
    }
  }

  async function attempt(keys: Keys, question: LoginRequest) {
    let outcome: "succeeded" | "failed" | "unknown" = "unknown";
    try {
      const result = await logIn(question);
      if (isLoggedIn(result)) outcome = result.userId === undefined ? "unknown" : "succeeded";
      else if (result.refused === "credentials") outcome = "failed";
      return result;
    } finally {
      await count.finish(keys, outcome);
      endings.ended();
    }
  }

  return {
    logIn: async (question) => {
      const keys = keysOf(question);
      const line = accounts.get(keys.account) ?? new SerialQueue();
      accounts.set(keys.account, line);
      try {
        await line.run(() => admitted(keys, question));
      } finally {
        if (line.length === 0) accounts.delete(keys.account);
      }
      return attempt(keys, question);
    },
    admit: async (question) => {
      const seconds = await count.wait(keysOf(question));
      if (seconds > 0) throw tooManyFailures(seconds);
    },
  };
}
