/** Probes Katello's token check at startup: a Katello that accepts any token hides revoked ones. */
import type { Logger } from "pino";

/** Katello's token check. */
export interface ProbedKatello {
  /**
   * True if Katello accepts a random token.
   * @throws RegistryError if Katello can't be queried
   */
  acceptsAnything(): Promise<boolean>;
}

/** Log message for a Katello that accepts any token. */
export const ACCEPTS_ANY_TOKEN =
  "Katello accepts a Bearer token that was never issued: the gateway can't detect revoked tokens. Make sure that Foreman's web server requests no client certificate from this gateway on its registry path, and that no reverse proxy in between adds one";

/** Logs an error if Katello accepts any token. Never rejects: an unreachable Katello is logged elsewhere. */
export async function probeTokenCheck(katello: ProbedKatello, log: Logger): Promise<void> {
  try {
    if (await katello.acceptsAnything()) log.error(ACCEPTS_ANY_TOKEN);
  } catch (error) {
    log.debug({ err: error }, "Katello's token check could not be probed at startup");
  }
}
