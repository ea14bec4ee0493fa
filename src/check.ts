/** `container-gateway check`: tries everything that the settings name, and says of each what is right or what to do. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { certificatesIn } from "./auth/certificates.ts";
import { readRevocationLists } from "./auth/revocation-list.ts";
import { inspectDatabase } from "./caches/inspection.ts";
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

async function revocationLists({ rhsm_ca_file, rhsm_crl_file: path }: Settings): Promise<Finding[]> {
  if (rhsm_ca_file === undefined || path === undefined) return [];
  const authorities = certificatesIn(rhsm_ca_file.text);
  return [
    await attempt(`rhsm_crl_file ${path}`, "see rhsm_crl_file and rhsm_ca_file", async () => {
      const lists = await readRevocationLists(await readFile(path), authorities);
      const old = lists.some(({ nextUpdate = Number.POSITIVE_INFINITY }) => nextUpdate < Date.now());
      if (old) throw new Error("a list in it is past its time");
      return `${lists.length} lists, ${lists.reduce((sum, { serials }) => sum + serials.size, 0)} certificates revoked`;
    }),
  ];
}

/** Tries certificates, PostgreSQL, Pulp and Katello, and changes nothing. */
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
  const database = await attempt("PostgreSQL", "see db_connection_string", () => inspectDatabase(settings));
  const lists = await revocationLists(settings);
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
  return [...certificates, ...lists, database, ...upstreams];
}
