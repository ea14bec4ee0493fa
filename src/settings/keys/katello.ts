/** Connection to Katello, which checks logins and provides the grants of hosts. */
import { z } from "zod";
import { count, flag, origin, pemFile } from "../values.ts";

/** Type, default and description of each setting. */
export const KATELLO = {
  foreman_url: origin.describe("URL of the Foreman server with Katello, which checks logins."),
  foreman_ssl_ca: pemFile
    .optional()
    .describe("CA of the Foreman server's certificate. Defaults to the system's CAs."),
  foreman_ssl_cert: pemFile.optional().describe("Client certificate for requests to Foreman."),
  foreman_ssl_key: pemFile.optional().describe("Private key of `foreman_ssl_cert`."),
  katello_registry_path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, "must start with a slash")
    .transform((path) => (path.endsWith("/") ? path : `${path}/`))
    .default("/v2/")
    .describe("Path of Katello's registry on the Foreman server."),
  foreman_max_connections: count(2, 10_000)
    .default(32)
    .describe(
      "Maximum number of connections of each worker to the Foreman server; a quarter of them is for the grants of hosts.",
    ),
  foreman_max_waiting: count(0, 1_000_000)
    .default(1000)
    .describe(
      "Maximum number of logins and other requests of each worker that wait for a connection to Katello; further ones get 503.",
    ),
  foreman_failed_logins: count(0, 1_000_000)
    .default(27)
    .describe(
      "Maximum number of failed logins that reach Katello in five minutes, from all workers together; further logins get 503. Foreman locks out an address after `failed_login_attempts_limit` (30) failures, so this must be less. One address may cause a third of them, and the last third is reserved for names that have logged in before; failures from three addresses can still use up all of them. 0 disables the limit: use it if this gateway is in Foreman's own `trusted_proxies`, so that Foreman counts for each client.",
    ),
  foreman_timeout: count(1, 60)
    .default(30)
    .describe("Timeout in seconds for the beginning of a reply of Katello, and between two parts of it."),
  serve_before_first_sync: flag
    .default(false)
    .describe(
      "Whether the gateway serves as if the list of repositories were empty before Katello has ever sent it. By default `/readyz` is 503 with the status `waiting_for_katello` then, and pulls, catalog and search are 503. Set it if Katello reaches the gateway only through a load balancer that waits for `/readyz`.",
    ),
  smart_proxy_version: z
    .string()
    .regex(/^\d+\.\d+(?:\.\d+)?(?:-\w+)?$/, "must be a version such as 3.16.0")
    .default("3.16.0")
    .describe(
      "Version of the Smart Proxy API to report; Foreman shows a warning if its own major or minor version is another one.",
    ),
} as const;
