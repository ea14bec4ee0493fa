/** Authentication of administrators, hosts and users, and the lifetimes of its results. */
import { z } from "zod";
import { count, list, pemFile } from "../values.ts";

/** Type, default and description of each setting. */
export const CALLERS = {
  ssl_ca_file: pemFile
    .optional()
    .describe(
      "CA of the client certificates of Katello and Foreman. The file must contain all intermediate CAs too: those that a client sends are ignored.",
    ),
  trusted_hosts: list(z.string().min(1))
    .default([])
    .describe(
      "Common names of the client certificates that may synchronize and administer, such as the Foreman server's.",
    ),
  rhsm_ca_file: pemFile
    .optional()
    .describe(
      "CA of the consumer certificates of registered hosts, with all intermediate CAs. If absent, hosts are not authenticated by certificate.",
    ),
  rhsm_crl_file: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .describe(
      "Revocation lists of the CAs in `rhsm_ca_file`, PEM or DER, each signed by the CA itself. The file is reloaded when it changes. If the new file is invalid, the last valid lists stay in force; at startup, an invalid file is an error. An overdue list stays in force, with a warning in the log.",
    ),
  login_ttl: count(0, 3600)
    .default(5)
    .describe(
      "Seconds for which a successful login is reused for the same credentials without a request to Katello; 0 disables the reuse.",
    ),
  login_attempts: count(0, 100_000)
    .default(10)
    .describe(
      "Number of failed logins in five minutes after which an account is locked out at an address (429). After twenty times as many, or a third of `foreman_failed_logins` if that is less, the address is locked out for all accounts. An IPv6 address counts with its /48 network. All workers and gateways count together. 0 disables the limit.",
    ),
  token_recheck: count(0, 86_400)
    .default(60)
    .describe(
      "Seconds of use after which the gateway rechecks a token with Katello, in the background; a token that Katello refuses is dropped at all gateways. 0 disables the recheck: a token is then valid until it expires. Each login extends its lifetime, which is an hour by default since Katello 4.18, and six minutes before.",
    ),
  grants_ttl: count(0, 31_536_000)
    .default(3600)
    .describe(
      "Seconds after which the grants of a host are fetched from Katello again, in the background, when the host makes a request; 0 disables this.",
    ),
} as const;
