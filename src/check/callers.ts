/** Checks who may call: Katello, hosts, reverse proxies, and the public name of the gateway. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { foldAscii } from "../model/ascii-case.ts";
import type { Settings } from "../settings/keys.ts";
import { commonNameOf } from "./certificates.ts";
import { error, ok, type Result, warning } from "./finding.ts";

/** Failures from one address that Foreman allows by default (`failed_login_attempts_limit`). */
const FOREMAN_LIMIT = 30;
/** Networks that contain every address. */
const EVERYBODY = new Set(["0.0.0.0/0", "::/0"]);
const SUBJECT = "administration";

/** Lists the listeners that accept Katello's calls. */
function routesOf({ listen, trusted_proxies, trusted_hosts, ssl_ca_file }: Settings): string[] {
  const proxies = new Set(trusted_proxies);
  const routes = listen.flatMap((where): string[] => {
    const { transport } = where;
    if (transport === "https")
      return trusted_hosts.length === 0 || ssl_ca_file === undefined
        ? []
        : ["https with a client certificate"];
    if (transport === "http" || proxies.has("unix")) return [];
    if (!("path" in where)) return ["unix socket of systemd"];
    return proxies.has(`unix:${where.path}`) ? [] : [`unix socket ${where.path}`];
  });
  return [...new Set(routes)];
}

/** Checks which listeners accept Katello's calls. */
function checkAdministration(settings: Settings): Result[] {
  const { listen, trusted_hosts, ssl_ca_file } = settings;
  const routes = routesOf(settings);
  if (routes.length > 0) return [ok("listen", SUBJECT, `by ${routes.join(", ")}`)];
  const results: Result[] = [];
  if (trusted_hosts.length === 0)
    results.push(
      error(
        "trusted_hosts",
        SUBJECT,
        "no listener accepts Katello's calls: trusted_hosts is empty, so no client certificate may synchronize",
        "set trusted_hosts to the common name of Foreman's client certificate, usually its host name",
      ),
    );
  if (ssl_ca_file === undefined)
    results.push(
      error(
        "ssl_ca_file",
        SUBJECT,
        "no listener accepts Katello's calls: without ssl_ca_file no client certificate is valid",
        "set ssl_ca_file to the CA of Foreman's client certificate, such as /etc/foreman-proxy/ssl_ca.pem",
      ),
    );
  if (!listen.some(({ transport }) => transport === "https"))
    results.push(
      error(
        "listen",
        SUBJECT,
        "no listener accepts Katello's calls: they need https with a client certificate, or a unix listener that trusted_proxies does not name",
        "add an https address to listen",
      ),
    );
  return results;
}

function checkHosts({ rhsm_ca_file }: Settings): Result[] {
  if (rhsm_ca_file !== undefined) return [];
  const text = "hosts can't pull with their consumer certificates: rhsm_ca_file is not set";
  const advice =
    "set rhsm_ca_file to the CA of the consumer certificates, such as /etc/pki/katello/certs/katello-default-ca.crt";
  return [warning("rhsm_ca_file", "hosts", text, advice)];
}

function checkReverseProxies({ trusted_proxies, ssl_ca_file, listen }: Settings): Result[] {
  const results: Result[] = [];
  const open = trusted_proxies.filter((entry) => EVERYBODY.has(entry));
  if (open.length > 0)
    results.push(
      error(
        "trusted_proxies",
        "reverse proxies",
        `${open.join(" and ")} makes every client a trusted reverse proxy: anybody can claim the certificate of any host`,
        "list the addresses of the reverse proxies alone",
      ),
    );
  const names = trusted_proxies.filter(
    (entry) => !entry.startsWith("unix") && isIP(entry.split("/")[0] ?? "") === 0,
  );
  if (names.length > 0 && ssl_ca_file === undefined)
    results.push(
      error(
        "trusted_proxies",
        "reverse proxies",
        `${names.join(", ")} can't be recognized: without ssl_ca_file no certificate of a reverse proxy is valid`,
        "set ssl_ca_file to the CA of their client certificates",
      ),
    );
  const plain = listen.filter((where) => where.transport === "http" && "host" in where);
  const exposed = plain.filter((where) => "host" in where && !/^(?:127\.|::1$|localhost$)/.test(where.host));
  if (exposed.length > 0)
    results.push(
      warning(
        "listen",
        "plain http",
        "a listener without TLS can be reached from other machines: passwords and tokens are sent in clear text",
        "listen on https, or on http://127.0.0.1 behind a reverse proxy of this machine",
      ),
    );
  return results;
}

/** Checks that clients find the name of `public_url` in the certificate. */
function checkPublicUrl({ public_url, ssl_certificate, trusted_proxies, listen }: Settings): Result[] {
  if (public_url === undefined) return [];
  const { protocol, hostname } = new URL(public_url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isDirect = trusted_proxies.length === 0 && listen.some(({ transport }) => transport === "https");
  if (protocol === "http:" && isDirect)
    return [
      warning(
        "public_url",
        public_url,
        "clients are sent to plain http, although the gateway listens on https",
        "set public_url to the https origin",
      ),
    ];
  if (ssl_certificate === undefined || !isDirect)
    return [ok("public_url", public_url, "the certificate of the reverse proxy must name it")];
  const certificate = new X509Certificate(ssl_certificate.text);
  const isNamed = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (isNamed !== undefined) return [ok("public_url", public_url, "ssl_certificate names it")];
  return [
    error(
      "public_url",
      public_url,
      `clients refuse the certificate: ssl_certificate names ${certificate.subjectAltName ?? "nothing"}, and not ${host}`,
      "set public_url to a name in the certificate, or install a certificate that names it",
    ),
  ];
}

function checkFacade({ smart_proxy_url, foreman_ssl_cert, trusted_hosts }: Settings): Result[] {
  if (smart_proxy_url === undefined || foreman_ssl_cert === undefined) return [];
  const name = commonNameOf(foreman_ssl_cert) ?? "";
  if (trusted_hosts.some((one) => foldAscii(one) === foldAscii(name))) return [];
  return [
    error(
      "trusted_hosts",
      "façade",
      `the Smart Proxy's own calls are refused: ${name}, the common name of foreman_ssl_cert, is not in trusted_hosts`,
      `add ${name} to trusted_hosts, which must be those of /etc/foreman-proxy/settings.yml`,
    ),
  ];
}

function checkFailedLogins({ foreman_failed_logins: limit, foreman_url }: Settings): Result[] {
  if (limit < FOREMAN_LIMIT) return [];
  return [
    warning(
      "foreman_failed_logins",
      "failed logins",
      `Foreman locks out this gateway after ${FOREMAN_LIMIT} failed logins of its users, before the limit of ${limit} is reached`,
      `set foreman_failed_logins below ${FOREMAN_LIMIT}, or to 0 if the trusted_proxies of ${foreman_url} name this gateway`,
    ),
  ];
}

/** Checks the settings about callers against each other. */
export const checkCallers = (settings: Settings): Result[] => [
  ...checkAdministration(settings),
  ...checkHosts(settings),
  ...checkReverseProxies(settings),
  ...checkPublicUrl(settings),
  ...checkFacade(settings),
  ...checkFailedLogins(settings),
];
