/**
 * Rechecks tokens in use with Katello, in the background, and drops those that Katello refuses. While Katello is
 * unreachable, a token stays valid until it expires.
 */
import type { Logger } from "pino";
import type { Audit } from "../model/audit-events.ts";
import type { User } from "../model/operations.ts";
import { BoundedMap } from "../resilience/bounded-map.ts";
import type { TokenChecker } from "./ports.ts";

/** Dependencies of the recheck. */
export interface TokenRecheckOptions {
  /** Seconds between two checks of a token in use; 0 disables them. */
  readonly intervalS: number;
  readonly checker: TokenChecker;
  /** Deletes a token at all gateways. */
  readonly drop: (checksum: string) => Promise<void>;
  readonly audit: Audit;
  readonly log: Logger;
}

/** Notes the use of a valid token, and rechecks it in the background if that is due. Never throws. */
export type TokenRecheck = (user: User, checksum: string, requestId: string) => void;

/** Maximum number of tokens with a scheduled check; the one that was checked longest ago is evicted first. */
const MAX_TOKENS = 20_000;

/** Delay before the next check of a refused token that could not be dropped. */
const RETRY_DELAY_MS = 1_000;

/** Creates the recheck. It stores checksums only: a token itself is held no longer than its check takes. */
export function createTokenRecheck({
  intervalS,
  checker,
  drop,
  audit,
  log,
}: TokenRecheckOptions): TokenRecheck {
  /** Due time of the next check, by `performance.now()`, keyed by token checksum. */
  const due = new BoundedMap<string, number>(MAX_TOKENS);

  async function recheck({ name, token }: User, checksum: string, requestId: string): Promise<void> {
    let delayMs = intervalS * 1000;
    try {
      if (await checker.accepts(token.value, requestId)) return;
      delayMs = RETRY_DELAY_MS;
      await drop(checksum);
      audit({
        event: "access",
        decision: "refused",
        caller: "user",
        name,
        address: undefined,
        operation: undefined,
        why: "Katello no longer accepts the token: it is dropped",
        requestId,
      });
    } catch (error) {
      log.debug({ request_id: requestId, err: error }, "token recheck failed: the token stays valid for now");
    } finally {
      due.set(checksum, performance.now() + delayMs);
    }
  }

  if (intervalS === 0) return () => undefined;
  return (user, checksum, requestId) => {
    const dueAt = due.get(checksum);
    const now = performance.now();
    if (dueAt === undefined) due.set(checksum, now + intervalS * 1000);
    else if (dueAt <= now) {
      // No further check of this token until this one has ended.
      due.set(checksum, Number.POSITIVE_INFINITY);
      void recheck(user, checksum, requestId);
    }
  };
}
