/** Who is calling: administration, hosts, accounts, and for how long what is known of them counts. */
import { z } from "zod";
import { count, list, pemFile } from "../values.ts";

/** Each with its kind, its default and its meaning. */
export const CALLERS = {
  ssl_ca_file: pemFile
    .optional()
    .describe(
      "The authority that signs the client certificates of Katello and Foreman; with authorities between, all of them: what a client sends along counts for nothing.",
    ),
  trusted_hosts: list(z.string().min(1))
    .default([])
    .describe(
      "Common names of the client certificates that may push and administer, such as the Foreman server's.",
    ),
  rhsm_ca_file: pemFile
    .optional()
    .describe(
      "The authority of the consumer certificates of registered hosts, likewise with those between. Hosts are not known by them when left out.",
    ),
  rhsm_crl_file: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .describe(
      "Revocation lists of the authorities in `rhsm_ca_file`, PEM or DER, each signed by the authority itself. Read again when the file changes; one that can't be used leaves the last good one in force, and keeps the gateway from starting. A list past its time still counts, with a warning in the log.",
    ),
  login_ttl: count(0, 3600)
    .default(5)
    .describe(
      "Seconds for which a login that succeeded serves the same credentials again without a question to Katello; 0 asks for each.",
    ),
  login_attempts: count(0, 100_000)
    .default(10)
    .describe(
      "Failed logins after which an account is refused at an address (429), counted over five minutes; an address is refused after twenty times as many, whatever the accounts. All workers and gateways count together. 0 sets no bound.",
    ),
  token_recheck: count(0, 86_400)
    .default(60)
    .describe(
      "Seconds of use after which Katello is asked again whether a token is good, in the background; a token that it refuses is dropped at all gateways. Never for 0: a token then lives to its end, which Katello moves on at each login: an hour by default since Katello 4.18, six minutes before.",
    ),
  grants_ttl: count(0, 31_536_000)
    .default(3600)
    .describe(
      "Seconds after which the grants of a host that asks are fetched from Katello again, in the background; never for 0.",
    ),
} as const;
