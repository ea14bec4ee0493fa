/** Checks certificates: dates, purpose, order, and the chain that clients need. */
import type { X509Certificate } from "node:crypto";
import type { Settings } from "../settings/keys.ts";
import type { PemFile } from "../settings/values.ts";
import { certificatesIn } from "../x509/client-certificates.ts";
import { isAnchored } from "./chains.ts";
import { error, ok, type Result, warning } from "./finding.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Days before its end from which on a certificate is reported. */
const WARNING_PERIOD_MS = 30 * DAY_MS;

const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

/** Settings of certificates that the gateway shows, and the purpose that each must have. */
const OWN = [
  { setting: "ssl_certificate", purpose: SERVER_AUTHENTICATION, name: "serverAuth" },
  { setting: "foreman_ssl_cert", purpose: CLIENT_AUTHENTICATION, name: "clientAuth" },
  { setting: "pulp_client_ssl_cert", purpose: CLIENT_AUTHENTICATION, name: "clientAuth" },
] as const;

/** Settings of CAs. */
const CAS = ["ssl_ca_file", "rhsm_ca_file", "foreman_ssl_ca", "pulp_client_ssl_ca"] as const;

type CertificateSetting = (typeof OWN)[number]["setting"] | (typeof CAS)[number];

/** Subject of a certificate in one line. */
export const subjectOf = ({ subject }: X509Certificate): string =>
  (subject ?? "").replaceAll("\n", ", ") || "a certificate without a name";

/** Common name of the first certificate in a file. */
export function commonNameOf({ text }: PemFile): string | undefined {
  const [first] = certificatesIn(text);
  return /^CN=(.*)$/m.exec(first?.subject ?? "")?.[1];
}

/** Days that a certificate is still valid. */
const daysOf = ({ validTo }: X509Certificate): number =>
  Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);

/** Checks the dates of one certificate. */
function dateOf(setting: CertificateSetting, subject: string, certificate: X509Certificate): Result {
  const name = subjectOf(certificate);
  const { validFrom, validTo } = certificate;
  const renewal = `install a new certificate, and name its file in ${setting}`;
  const leftMs = Date.parse(validTo) - Date.now();
  if (Date.parse(validFrom) > Date.now())
    return error(setting, subject, `${name} is not valid before ${validFrom}`, "set the clock");
  if (leftMs < 0) return error(setting, subject, `${name} expired on ${validTo}`, renewal);
  const text = `${name}, ${daysOf(certificate)} days left`;
  return leftMs < WARNING_PERIOD_MS
    ? warning(setting, subject, `${name} expires on ${validTo}`, renewal)
    : ok(setting, subject, text);
}

/** Reports every invalid date; if there is none, the certificate that expires first. */
function datesOf(
  setting: CertificateSetting,
  subject: string,
  certificates: readonly X509Certificate[],
): Result[] {
  const sorted = [...certificates].sort((one, other) => daysOf(one) - daysOf(other));
  const results = sorted.map((one) => dateOf(setting, subject, one));
  const invalid = results.filter(({ level }) => level !== "ok");
  return invalid.length > 0 ? invalid : results.slice(0, 1);
}

/** Checks the order of the certificates: each must be signed by the next one. */
function orderOf(
  setting: CertificateSetting,
  subject: string,
  [first, ...rest]: readonly X509Certificate[],
): Result[] {
  let previous = first;
  for (const certificate of rest) {
    if (previous !== undefined && !previous.checkIssued(certificate))
      return [
        error(
          setting,
          subject,
          `the certificates are in the wrong order: ${subjectOf(certificate)} follows ${subjectOf(previous)}, but did not sign it`,
          `put the certificate of ${setting} first, and after it each CA that signed the previous certificate`,
        ),
      ];
    previous = certificate;
  }
  return [];
}

function chainOf(settings: Settings, subject: string, certificates: readonly X509Certificate[]): Result[] {
  const last = certificates.at(-1);
  const cas = CAS.flatMap((key) => certificatesIn(settings[key]?.text ?? ""));
  if (last === undefined || isAnchored(last, cas)) return [];
  return [
    warning(
      "ssl_certificate",
      subject,
      `the chain is incomplete: ${last.issuer.replaceAll("\n", ", ")}, which signed ${subjectOf(last)}, is neither in the file nor a root CA in another setting`,
      "append the certificates of the intermediate CAs, in the order in which they signed each other: clients know root CAs only",
    ),
  ];
}

function purposeOf({ setting, purpose, name }: (typeof OWN)[number], certificate: X509Certificate): Result[] {
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  if (purposes === undefined || purposes.includes(purpose)) return [];
  return [
    error(
      setting,
      setting,
      `${subjectOf(certificate)} is not meant for this: its extended key usage lacks ${name}`,
      `name a certificate in ${setting} that has been issued with ${name}`,
    ),
  ];
}

function checkOwn(settings: Settings, kind: (typeof OWN)[number]): Result[] {
  const { setting } = kind;
  const file = settings[setting];
  // Reported for the other setting, of which it is the default.
  if (file === undefined || (setting === "pulp_client_ssl_cert" && file === settings.foreman_ssl_cert))
    return [];
  const subject = `${setting} ${file.path}`;
  const certificates = certificatesIn(file.text);
  const [first] = certificates;
  const order = orderOf(setting, subject, certificates);
  return [
    ...datesOf(setting, subject, certificates),
    ...order,
    ...(setting === "ssl_certificate" && order.length === 0 ? chainOf(settings, subject, certificates) : []),
    ...(first === undefined ? [] : purposeOf(kind, first)),
  ];
}

function checkCa(settings: Settings, setting: (typeof CAS)[number]): Result[] {
  const file = settings[setting];
  if (file === undefined || (setting === "pulp_client_ssl_ca" && file === settings.foreman_ssl_ca)) return [];
  const subject = `${setting} ${file.path}`;
  const certificates = certificatesIn(file.text);
  if (certificates.some(({ ca }) => ca)) return datesOf(setting, subject, certificates);
  return [
    error(
      setting,
      subject,
      `the file contains no CA: ${certificates.map(subjectOf).join("; ")} may not sign others`,
      `name the file of the CA that signed this certificate in ${setting}`,
    ),
  ];
}

/** Checks the certificates of all settings. */
export const checkCertificates = (settings: Settings): Result[] => [
  ...OWN.flatMap((kind) => checkOwn(settings, kind)),
  ...CAS.flatMap((setting) => checkCa(settings, setting)),
];
