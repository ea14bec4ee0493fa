/** Checks certificates: purpose, order, and the chain that clients need. */
import type { X509Certificate } from "node:crypto";
import type { Settings } from "../settings/keys.ts";
import { allFiles, type PemFile } from "../settings/values.ts";
import { certificatesIn } from "../x509/certificate-verifier.ts";
import { isAnchored } from "./chains.ts";
import { error, type Result, type SettingName, warning } from "./finding.ts";
import { datesOf, subjectOf } from "./validity.ts";

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

/** Common name of the first certificate in a file. */
export function commonNameOf({ text }: PemFile): string | undefined {
  const [first] = certificatesIn(text);
  return /^CN=(.*)$/m.exec(first?.subject ?? "")?.[1];
}

/** Checks the order of the certificates: each must be signed by the next one. */
function orderOf(
  setting: SettingName,
  subject: string,
  [first, ...rest]: readonly X509Certificate[],
): Result[] {
  let previous = first;
  for (const certificate of rest) {
    if (previous !== undefined && !previous.checkIssued(certificate))
      return [
        warning(
          setting,
          subject,
          `the certificates are in the wrong order: ${subjectOf(certificate)} follows ${subjectOf(previous)}, but did not sign it: some clients refuse that`,
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
  // Reported for the other setting, of which it is the default.
  if (setting === "pulp_client_ssl_cert" && settings[setting] === settings.foreman_ssl_cert) return [];
  return allFiles(settings[setting]).flatMap((file) => checkOwnFile(settings, kind, file));
}

function checkOwnFile(settings: Settings, kind: (typeof OWN)[number], file: PemFile): Result[] {
  const { setting } = kind;
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

/** Checks the dates of CAs. An expired one does not matter if its successor is in the same file. */
function caDatesOf(
  setting: SettingName,
  subject: string,
  certificates: readonly X509Certificate[],
): Result[] {
  const results = datesOf(setting, subject, certificates);
  if (certificates.every((one) => Date.parse(one.validTo) < Date.now())) return results;
  const advice = `remove it from the file, unless ${setting} lacks its successor`;
  return results.map((result) => (result.level === "ok" ? result : { ...result, level: "warning", advice }));
}

function checkCa(settings: Settings, setting: (typeof CAS)[number]): Result[] {
  const file = settings[setting];
  if (file === undefined || (setting === "pulp_client_ssl_ca" && file === settings.foreman_ssl_ca)) return [];
  const subject = `${setting} ${file.path}`;
  const certificates = certificatesIn(file.text);
  if (certificates.some(({ ca }) => ca)) return caDatesOf(setting, subject, certificates);
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
