/** `container-gateway check`: tries everything that the settings name, and says of each what is right or what to do. */
import { X509Certificate } from "node:crypto";
import { openCaches } from "./caches/index.ts";
import { reasonOf } from "./reasons.ts";
import type { Settings } from "./settings/keys.ts";
import type { PemFile } from "./settings/values.ts";
import { openUpstreams } from "./upstreams/index.ts";

/** What came of one trial. */
export interface Finding {
  readonly subject: string;
  readonly good: boolean;
  readonly text: string;
}

const DAY = 24 * 60 * 60 * 1000;

function checkCertificate(setting: string, { path, text }: PemFile): Finding {
  const subject = `${setting} ${path}`;
  try {
    const certificate = new X509Certificate(text);
    const days = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY);
    if (Date.parse(certificate.validFrom) > Date.now()) {
      return { subject, good: false, text: `is not valid before ${certificate.validFrom}: check the clock` };
    }
    if (days < 0) return { subject, good: false, text: `ran out on ${certificate.validTo}: renew it` };
    return { subject, good: true, text: `${certificate.subject.replaceAll("\n", ", ")}, ${days} days left` };
  } catch (error) {
    return { subject, good: false, text: `is no certificate: ${reasonOf(error)}` };
  }
}

async function attempt(subject: string, advice: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { subject, good: true, text: await work() };
  } catch (error) {
    return { subject, good: false, text: `${reasonOf(error)}: ${advice}` };
  }
}

/** Tries certificates, PostgreSQL, Pulp and Katello. PostgreSQL gets its schema by it, as at a start. */
export async function check(settings: Settings): Promise<Finding[]> {
  const certificates = (
    [
      "ssl_certificate",
      "ssl_ca_file",
      "rhsm_ca_file",
      "foreman_ssl_ca",
      "foreman_ssl_cert",
      "pulp_client_ssl_ca",
      "pulp_client_ssl_cert",
    ] as const
  ).flatMap((key) => {
    const file = settings[key];
    return file === undefined ? [] : [checkCertificate(key, file)];
  });
  const database = await attempt("PostgreSQL", "see db_connection_string", async () => {
    const caches = await openCaches(settings, () => undefined);
    try {
      const pushes = await caches.log.last();
      return pushes.length === 0
        ? "reached; Katello has pushed nothing yet"
        : `reached; ${pushes.length} kinds of pushes known`;
    } finally {
      await caches.close();
    }
  });
  const { pulp, foreman, close } = openUpstreams(settings, () => undefined);
  const upstreams = [
    await attempt(
      `Pulp ${settings.pulp_endpoint}`,
      "see pulp_endpoint and the pulp_client_ssl_ settings",
      () => pulp.greet(),
    ),
    await attempt(
      `Katello ${settings.foreman_url}`,
      "see foreman_url, katello_registry_path and the foreman_ssl_ settings",
      () => foreman.greet(),
    ),
  ];
  await close();
  return [...certificates, database, ...upstreams];
}
