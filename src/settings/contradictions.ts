/** Checks that involve several settings: pairs that belong together, and contradictions. */
import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { errorText } from "../model/error-text.ts";
import { certificatesIn } from "../x509/certificate-verifier.ts";
import type { ParsedSettings } from "./keys.ts";
import { allFiles, type PemFile } from "./values.ts";

/** Reports a problem and the setting to correct. */
type ReportProblem = (key: keyof ParsedSettings, message: string) => void;

/** Explains a private key that can't be used. */
function keyProblem({ path, text }: PemFile): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return `${path} contains no private key`;
  if (!/ENCRYPTED/.test(text)) return `the private key in ${path} can't be parsed: replace it`;
  return `the private key in ${path} is encrypted, and the gateway knows no passphrase: decrypt it with \`(umask 077; openssl pkey -in ${path} -out ${path}.plain)\`, and name the new file`;
}

/** Parses a private key; undefined if that is impossible. */
function parseKey({ text }: PemFile): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/** Returns why OpenSSL refuses a pair, such as a key that is too small; undefined if it takes it. */
function refusalOf({ text: cert }: PemFile, { text: key }: PemFile): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return errorText(error).split("::").at(-1);
  }
}

function checkPair(
  cert: PemFile | undefined,
  key: PemFile | undefined,
  names: [keyof ParsedSettings, keyof ParsedSettings],
  report: ReportProblem,
) {
  const [certName, keyName] = names;
  if (cert === undefined && key === undefined) return;
  if (cert === undefined) return report(keyName, `requires ${certName}`);
  if (key === undefined) return report(certName, `requires ${keyName}`);
  const parsedKey = parseKey(key);
  if (parsedKey === undefined) report(keyName, keyProblem(key));
  const certificates = parseCertificates(cert);
  if (certificates === undefined) return report(certName, unreadable(cert));
  if (parsedKey === undefined) return;
  const position = certificates.findIndex((one) => one.checkPrivateKey(parsedKey));
  if (position < 0) report(keyName, `is not the key of ${certName}`);
  else if (position > 0)
    report(
      certName,
      `the certificate of ${keyName} is not the first one in ${cert.path}: put it first, and after it the CA that signed it`,
    );
  else {
    const problem = refusalOf(cert, key);
    if (problem !== undefined) report(certName, `OpenSSL refuses ${cert.path}: ${problem}; replace it`);
  }
}

/** Checks the certificates and keys of the listeners pair by pair. */
function checkServerPairs(
  { ssl_certificate, ssl_private_key }: Pick<ParsedSettings, "ssl_certificate" | "ssl_private_key">,
  report: ReportProblem,
) {
  const certificates = allFiles(ssl_certificate);
  const keys = allFiles(ssl_private_key);
  const names: [keyof ParsedSettings, keyof ParsedSettings] = ["ssl_certificate", "ssl_private_key"];
  if (certificates.length !== keys.length && certificates.length > 0 && keys.length > 0)
    return report("ssl_private_key", "must name as many files as ssl_certificate, in the same order");
  for (const index of Array.from({ length: Math.max(certificates.length, keys.length) }).keys())
    checkPair(certificates[index], keys[index], names, report);
  const kinds = certificates.map((one) => parseCertificates(one)?.[0]?.publicKey.asymmetricKeyType);
  const repeated = kinds.find((kind, index) => kind !== undefined && kinds.indexOf(kind) !== index);
  if (repeated !== undefined)
    report(
      "ssl_certificate",
      `names two certificates with ${repeated} keys: clients would get only one of them`,
    );
}

/** Parses the certificates of a file; undefined if there is none, or one is malformed. */
function parseCertificates({ text }: PemFile): readonly X509Certificate[] | undefined {
  try {
    const certificates = certificatesIn(text);
    return certificates.length === 0 ? undefined : certificates;
  } catch {
    return undefined;
  }
}

const unreadable = ({ path, text }: PemFile): string =>
  text.includes("-----BEGIN CERTIFICATE-----")
    ? `a certificate in ${path} can't be parsed: replace the file`
    : `${path} contains no certificate`;

function checkCa(file: PemFile | undefined, name: keyof ParsedSettings, report: ReportProblem) {
  if (file !== undefined && parseCertificates(file) === undefined) report(name, unreadable(file));
}

function checkProxySockets({ trusted_proxies, listen }: ParsedSettings, report: ReportProblem) {
  const paths = new Set(listen.flatMap((where) => ("path" in where ? `unix:${where.path}` : [])));
  for (const entry of trusted_proxies)
    if (entry.startsWith("unix:") && !paths.has(entry))
      report("trusted_proxies", `${entry} is not an address in listen`);
}

function checkAdministration({ listen, admin_listen, ...settings }: ParsedSettings, report: ReportProblem) {
  if (admin_listen === undefined) return;
  const paths = new Set(listen.flatMap((where) => ("path" in where ? where.path : [])));
  if (admin_listen.some(({ transport }) => transport === "https") && settings.ssl_certificate === undefined)
    report("admin_listen", "contains an https address, which requires ssl_certificate and ssl_private_key");
  if (admin_listen.some((where) => "path" in where && paths.has(where.path)))
    report("admin_listen", "contains a socket of listen as well: use another path");
}

function checkFacade(settings: ParsedSettings, report: ReportProblem) {
  const { smart_proxy_url: url, facade_listen: where, foreman_ssl_cert, ssl_ca_file } = settings;
  if (url === undefined) return;
  if (!url.startsWith("https://"))
    report("smart_proxy_url", "must be an https URL: it is the Smart Proxy's https port");
  if (where.transport !== "https")
    report("facade_listen", "must be an https address such as https://0.0.0.0:9091, or systemd:https");
  else if ("port" in where && where.port !== 0 && isOwnPort(url, where.port))
    report("smart_proxy_url", "names the port of facade_listen: the façade would connect to itself");
  const needed = { ssl_certificate: settings.ssl_certificate, ssl_ca_file, foreman_ssl_cert };
  for (const [name, file] of Object.entries(needed))
    if (file === undefined) report("smart_proxy_url", `requires ${name}`);
}

/** True for a URL of this machine, by a name that always means it, with a port. */
const isOwnPort = (url: string, port: number): boolean => {
  const { hostname, port: named } = new URL(url);
  return Number(named || 443) === port && /^(?:localhost|127\..*|\[::1\])$/.test(hostname);
};

/** Reports every problem between settings. */
export function checkTogether(settings: ParsedSettings, report: ReportProblem): void {
  checkServerPairs(settings, report);
  checkPair(
    settings.foreman_ssl_cert,
    settings.foreman_ssl_key,
    ["foreman_ssl_cert", "foreman_ssl_key"],
    report,
  );
  checkPair(
    settings.pulp_client_ssl_cert,
    settings.pulp_client_ssl_key,
    ["pulp_client_ssl_cert", "pulp_client_ssl_key"],
    report,
  );
  for (const name of ["ssl_ca_file", "rhsm_ca_file", "foreman_ssl_ca", "pulp_client_ssl_ca"] as const)
    checkCa(settings[name], name, report);
  if (settings.rhsm_crl_file !== undefined && settings.rhsm_ca_file === undefined)
    report("rhsm_crl_file", "requires rhsm_ca_file, the CA that signed the revocation list");
  if (settings.stall_timeout <= Math.max(settings.pulp_timeout, settings.foreman_timeout))
    report(
      "stall_timeout",
      "must be longer than pulp_timeout and foreman_timeout: otherwise clients are disconnected before those timeouts",
    );
  checkProxySockets(settings, report);
  checkFacade(settings, report);
  checkAdministration(settings, report);
  if (settings.listen.length === 0) report("listen", "contains no address");
  const https = settings.listen.some(({ transport }) => transport === "https");
  if (
    settings.metrics_listen.some(({ transport }) => transport === "https") &&
    settings.ssl_certificate === undefined
  )
    report("metrics_listen", "contains an https address, which requires ssl_certificate and ssl_private_key");
  if (https && settings.ssl_certificate === undefined)
    report("listen", "contains an https address, which requires ssl_certificate and ssl_private_key");
  if (settings.trusted_hosts.length > 0 && settings.ssl_ca_file === undefined) {
    report("trusted_hosts", "requires ssl_ca_file, the CA of their certificates");
  }
}
