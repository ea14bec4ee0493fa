/** Probe of Katello's token check at startup: one that takes any token would never let a revoked one be found. */
import type { Logger } from "pino";

/** Katello, tried with a token that nobody has. */
export interface ProbedKatello {
  /** @throws RegistryError if Katello can't be asked */
  acceptsAnything(): Promise<boolean>;
}

/** Says what an operator has to do about a Katello that takes any token. */
export const ACCEPTS_ANY_TOKEN =
  "Katello takes a Bearer token that nobody has: revoked tokens are never found. See that Foreman's web server asks this gateway for no client certificate on its registry, and that no proxy in between adds one";

/** Logs an error if Katello takes any token; never rejects, for a Katello that is away is told of elsewhere. */
export async function probeTokenCheck(authority: ProbedKatello, log: Logger): Promise<void> {
  try {
    if (await authority.acceptsAnything()) log.error(ACCEPTS_ANY_TOKEN);
  } catch (error) {
    log.debug({ err: error }, "Katello's token check could not be tried at startup");
  }
}
