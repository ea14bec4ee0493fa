/** Foreman's refusal of every login of an address, which has no status of its own. */
import { unavailable } from "../../model/errors.ts";

/** Seconds after which a login is worth another try. */
const RETRY_S = 60;

const TOO_MANY_TRIES = /too many tries/i;

/** @throws RegistryError UNAVAILABLE if the text of a 401 says that too many logins have failed */
export function checkTries(text: string): void {
  if (!TOO_MANY_TRIES.test(text)) return;
  throw unavailable(
    "Foreman refuses every login of this address for some minutes, after too many failed ones",
    RETRY_S,
    new Error(
      "too many tries: name this gateway in Foreman's trusted_proxies, or lower foreman_failed_logins",
    ),
  );
}
