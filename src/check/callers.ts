/** Checks who may call: Katello, hosts, the Smart Proxy, users. */
import { foldAscii } from "../model/ascii-case.ts";
import type { Settings } from "../settings/keys.ts";
import { commonNameOf } from "./certificates.ts";
import { error, ok, type Result, warning } from "./finding.ts";

/** Failures from one address that Foreman allows by default (`failed_login_attempts_limit`). */
const FOREMAN_LIMIT = 30;
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
  ...checkFacade(settings),
  ...checkFailedLogins(settings),
];
