/** Checks the dates of certificates. */
import type { X509Certificate } from "node:crypto";
import { error, ok, type Result, type SettingName, warning } from "./finding.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Time before its end from which on a certificate is reported. */
const WARNING_PERIOD_MS = 30 * DAY_MS;

/** Subject of a certificate in one line. */
export const subjectOf = ({ subject }: X509Certificate): string =>
  (subject ?? "").replaceAll("\n", ", ") || "a certificate without a name";

/** Days that a certificate is still valid. */
const daysOf = ({ validTo }: X509Certificate): number =>
  Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);

/** Checks the dates of one certificate. */
function dateOf(setting: SettingName, subject: string, certificate: X509Certificate): Result {
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
export function datesOf(
  setting: SettingName,
  subject: string,
  certificates: readonly X509Certificate[],
): Result[] {
  const sorted = [...certificates].sort((one, other) => daysOf(one) - daysOf(other));
  const results = sorted.map((one) => dateOf(setting, subject, one));
  const invalid = results.filter(({ level }) => level !== "ok");
  return invalid.length > 0 ? invalid : results.slice(0, 1);
}
