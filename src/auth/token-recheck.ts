/**
 * Asking Katello again about tokens in use, in the background: one that is refused there is dropped here. While Katello
 * can't say, a token is good to its own end.
 */

import type { Logger } from "pino";
import type { Audit } from "../model/audit-events.ts";
import type { User } from "../model/operations.ts";
import { BoundedMap } from "../resilience/bounded-map.ts";

/** Who knows whether a token is still good. */
export interface TokenChecker {
  /** @throws RegistryError if that can't be said now */
  accepts(token: string, requestId: string): Promise<boolean>;
}

/** What asking again rests on. */
export interface TokenRecheckOptions {
  /** Seconds of use between two questions; none are asked for 0. */
  readonly every: number;
  readonly authority: TokenChecker;
  /** Forgets a token, at all gateways. */
  readonly drop: (checksum: string) => Promise<void>;
  readonly audit: Audit;
  readonly log: Logger;
}

/** Takes that a token was used and found good here; it neither fails nor waits. */
export type TokenRecheck = (user: User, checksum: string, requestId: string) => void;

/** Tokens whose next question has its time. The one that was asked about longest ago is forgotten first. */
const MAX_TOKENS = 20_000;

/** A token that is refused and can't be dropped is asked about again after so long, in milliseconds. */
const RETRY_MS = 1_000;

/** Makes it. A token itself is kept for no longer than the question about it takes. */
export function createTokenRecheck({
  every,
  authority,
  drop,
  audit,
  log,
}: TokenRecheckOptions): TokenRecheck {
  /** When to ask about a token again, in milliseconds of the process's own clock; by its checksum. */
  const due = new BoundedMap<string, number>(MAX_TOKENS);

  async function ask({ name, token }: User, checksum: string, requestId: string): Promise<void> {
    let again = every * 1000;
    try {
      if (await authority.accepts(token.value, requestId)) return;
      again = RETRY_MS;
      await drop(checksum);
      audit({
        event: "access",
        decision: "refused",
        caller: "user",
        name,
        address: undefined,
        operation: undefined,
        why: "Katello takes the token no longer: it is dropped",
        requestId,
      });
    } catch (error) {
      log.debug(
        { request_id: requestId, err: error },
        "a token can't be asked about or dropped now, and lives on",
      );
    } finally {
      due.set(checksum, performance.now() + again);
    }
  }

  if (every === 0) return () => undefined;
  return (user, checksum, requestId) => {
    const at = due.get(checksum);
    const now = performance.now();
    if (at === undefined) due.set(checksum, now + every * 1000);
    else if (at <= now) {
      // Until the answer is there, nobody asks.
      due.set(checksum, Number.POSITIVE_INFINITY);
      void ask(user, checksum, requestId);
    }
  };
}
