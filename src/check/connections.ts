/** Findings about connections to other systems, in an operator's words. */

import { error, type Result, type SettingName } from "./finding.ts";
import type { Connection } from "./transport.ts";
import { subjectOf } from "./validity.ts";

/** System at the other end of a connection, and the settings of the connection. */
export interface System {
  readonly name: string;
  readonly url: string;
  readonly settings: {
    readonly url: SettingName;
    readonly ca: SettingName;
    readonly cert: SettingName;
    readonly timeout: SettingName;
  };
}

type Failed = Exclude<Connection, { readonly state: "connected" }>;

/** Returns the subject of findings about a system. */
export const subjectFor = ({ name, url }: System): string => `${name} ${url}`;

/** Changes the scheme of a URL. */
const withScheme = (url: string, scheme: "http" | "https"): string => url.replace(/^https?/, scheme);

/** True for the code of a timeout. */
export const isSlow = (code: string): boolean => /TIMEDOUT|TIMEOUT/.test(code);

function unreachable(system: System, code: string): Result {
  const { name, url, settings } = system;
  const { hostname, host } = new URL(url);
  const fail = (text: string, advice: string, setting = settings.url) =>
    error(setting, subjectFor(system), text, advice);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return fail(
      `the name ${hostname} is unknown (${code})`,
      `correct the host in ${settings.url}, or see \`getent hosts ${hostname}\` and /etc/resolv.conf`,
    );
  if (code === "ECONNREFUSED")
    return fail(
      `${host} refuses the connection: no program listens there`,
      `start ${name}, or correct the port in ${settings.url}`,
    );
  if (isSlow(code))
    return fail(
      `no connection to ${host} in time`,
      `open the port in the firewalls, correct ${settings.url}, or raise connect_timeout`,
      "connect_timeout",
    );
  return fail(
    `${host} can't be reached (${code})`,
    `correct ${settings.url}, or see the routes of this machine`,
  );
}

/** Codes of OpenSSL for a certificate whose signer is unknown here. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO|SIGNATURE_FAILURE|INVALID_CA|CERT_UNTRUSTED|PATH_LENGTH/;

function certificateProblem(
  system: System,
  { code, certificate }: Extract<Failed, { readonly state: "certificate" }>,
): Result {
  const { name, url, settings } = system;
  const fail = (setting: SettingName, text: string, advice: string) =>
    error(setting, subjectFor(system), text, advice);
  const own = certificate === undefined ? "its certificate" : `its certificate ${subjectOf(certificate)}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return fail(
      settings.url,
      `${own} names ${certificate?.subjectAltName ?? "no host"}, and not ${new URL(url).hostname}`,
      `name a host of the certificate in ${settings.url}, or give ${name} a certificate for this one`,
    );
  if (code === "CERT_HAS_EXPIRED")
    return fail(settings.url, `${own}, or its CA, expired on ${certificate?.validTo}`, `renew it at ${name}`);
  if (code === "CERT_NOT_YET_VALID")
    return fail(settings.url, `${own} is not valid before ${certificate?.validFrom}`, "set the clocks");
  const signer = certificate?.issuer.replaceAll("\n", ", ") ?? "an unknown CA";
  const reason = UNTRUSTED.test(code) ? "" : ` (${code})`;
  return fail(
    settings.ca,
    `${own} is signed by ${signer}, which is no CA of ${settings.ca}${reason}`,
    `name the file of that CA, with its intermediate CAs, in ${settings.ca}`,
  );
}

/** Explains a TLS handshake that failed. */
export function handshakeProblem(system: System, code: string): Result {
  const { name, settings } = system;
  const fail = (setting: SettingName, text: string, advice: string) =>
    error(setting, subjectFor(system), text, advice);
  if (isSlow(code))
    return fail(
      "connect_timeout",
      "the TLS handshake was not finished in time",
      `see the log of ${name}, or raise connect_timeout`,
    );
  if (/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code))
    return fail(settings.url, "it speaks no version of TLS from 1.2 on", `update ${name}`);
  if (/ALERT/.test(code))
    return fail(
      settings.cert,
      `it does not accept the certificate of ${settings.cert}, or requires one`,
      `name a client certificate in ${settings.cert} that a CA of ${name} has signed`,
    );
  return fail(
    settings.url,
    "it ends the TLS handshake",
    `see the log of ${name}, and check that ${settings.url} is its https port`,
  );
}

/** Explains a connection that failed. */
export function connectionProblem(system: System, connection: Failed): Result {
  const { url, settings } = system;
  switch (connection.state) {
    case "unreachable":
      return unreachable(system, connection.code);
    case "speaks-http":
      return error(
        settings.url,
        subjectFor(system),
        "the URL says https, but plain http is spoken there",
        `set ${settings.url} to the https port, or to ${withScheme(url, "http")}`,
      );
    case "speaks-tls":
      return error(
        settings.url,
        subjectFor(system),
        "the URL says http, but https is spoken there",
        `set ${settings.url} to ${withScheme(url, "https")}`,
      );
    case "handshake-failed":
      return handshakeProblem(system, connection.code);
    case "certificate":
      return certificateProblem(system, connection);
  }
}
