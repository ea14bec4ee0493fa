/** Katello, which checks logins and says what hosts may pull. */
import { z } from "zod";
import { count, origin, pemFile } from "../values.ts";

/** Each with its kind, its default and its meaning. */
export const KATELLO = {
  foreman_url: origin.describe("The Foreman server with Katello, which checks logins."),
  foreman_ssl_ca: pemFile
    .optional()
    .describe("The authority of the Foreman server's certificate; the system's authorities when left out."),
  foreman_ssl_cert: pemFile.optional().describe("The client certificate to show to Foreman."),
  foreman_ssl_key: pemFile.optional().describe("Its key."),
  katello_registry_path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, "must begin with a slash")
    .transform((path) => (path.endsWith("/") ? path : `${path}/`))
    .default("/v2/")
    .describe("The path of Katello's registry on the Foreman server."),
  foreman_max_connections: count(2, 10_000)
    .default(32)
    .describe(
      "Connections of each worker to the Foreman server, at most; a quarter of them are for what hosts may pull.",
    ),
  foreman_max_waiting: count(0, 1_000_000)
    .default(1000)
    .describe(
      "Logins of each worker, and other questions to Katello, that wait for one of them, at the most; others are told to try again (503).",
    ),
  foreman_failed_logins: count(0, 1_000_000)
    .default(27)
    .describe(
      "How many failed logins may reach Katello in five minutes, from all workers together; further logins get 503. Foreman refuses every login from an address after `failed_login_attempts_limit` (30) failures, so this must be less. The last third is kept for names that have logged in before. 0 sets no bound: for a Foreman whose `trusted_proxies` name this gateway, which then counts for each client.",
    ),
  foreman_timeout: count(1, 60)
    .default(30)
    .describe("Seconds until an answer of Katello must begin, and between two pieces of it."),
  smart_proxy_version: z
    .string()
    .regex(/^\d+\.\d+(?:\.\d+)?(?:-\w+)?$/, "must be a version such as 3.16.0")
    .default("3.16.0")
    .describe("The Smart Proxy version to claim; Foreman wants major and minor to fit its own."),
} as const;
