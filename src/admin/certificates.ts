/** Certificates in the settings, and the time that is left of them. */
import type { X509Certificate } from "node:crypto";
import type { components } from "../generated/openapi.ts";
import type { Settings } from "../settings/keys.ts";
import { allFiles } from "../settings/values.ts";
import { certificatesIn } from "../x509/certificate-verifier.ts";

const SETTINGS = [
  "ssl_certificate",
  "ssl_ca_file",
  "rhsm_ca_file",
  "foreman_ssl_cert",
  "foreman_ssl_ca",
  "pulp_client_ssl_cert",
  "pulp_client_ssl_ca",
] as const;

/** Settings that name certificates. */
export type CertificateSettings = Pick<Settings, (typeof SETTINGS)[number]>;

/** A certificate, in the form of the contract. */
export type CertificateState = components["schemas"]["Status"]["certificates"][number];

const DAY_MS = 24 * 60 * 60 * 1000;

const subjectOf = ({ subject }: X509Certificate): string => (subject ?? "").replaceAll("\n", ", ");

/** Of each setting the certificate that ends first, and when in milliseconds since the epoch. */
type FirstToEnd = readonly {
  readonly setting: (typeof SETTINGS)[number];
  readonly subject: string;
  readonly endsAt: number;
}[];

const firstToEnd = (settings: CertificateSettings): FirstToEnd =>
  SETTINGS.flatMap((setting) => {
    const [first] = allFiles(settings[setting])
      .flatMap(({ text }) => certificatesIn(text))
      .sort((one, other) => Date.parse(one.validTo) - Date.parse(other.validTo));
    return first === undefined
      ? []
      : { setting, subject: subjectOf(first), endsAt: Date.parse(first.validTo) };
  });

/** Read once: a system's bundle of authorities takes a tenth of a second, and metrics are scraped again and again. */
const known = new WeakMap<CertificateSettings, FirstToEnd>();

/** Returns of each setting the certificate that ends first. */
export function certificateStates(settings: CertificateSettings): CertificateState[] {
  const certificates = known.get(settings) ?? firstToEnd(settings);
  known.set(settings, certificates);
  return certificates.map(({ setting, subject, endsAt }) => ({
    setting,
    subject,
    expires_at: new Date(endsAt).toISOString(),
    days_left: Math.floor((endsAt - Date.now()) / DAY_MS),
  }));
}
