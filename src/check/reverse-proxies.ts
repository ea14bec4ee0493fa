/** Checks how clients reach the gateway: reverse proxies, plain http, the public name. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Settings } from "../settings/keys.ts";
import { error, ok, type Result, warning } from "./finding.ts";

/** Networks that contain every address. */
const EVERYBODY = new Set(["0.0.0.0/0", "::/0"]);

function checkTrustedProxies({ trusted_proxies, ssl_ca_file }: Settings): Result[] {
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
  return results;
}

/** Checks the load balancers that begin their connections with a PROXY header. */
function checkLoadBalancers({ proxy_protocol_from, trusted_proxies, listen }: Settings): Result[] {
  if (proxy_protocol_from.length === 0) return [];
  const results: Result[] = [];
  const finding = (level: typeof error, text: string, advice: string) =>
    results.push(level("proxy_protocol_from", "load balancers", text, advice));
  const open = proxy_protocol_from.filter((entry) => EVERYBODY.has(entry));
  if (open.length > 0)
    finding(
      error,
      `${open.join(" and ")} makes every client a load balancer: anybody can claim any address, that of a trusted reverse proxy too`,
      "list the addresses of the load balancers alone",
    );
  const both = proxy_protocol_from.filter((entry) => trusted_proxies.includes(entry));
  if (both.length > 0)
    finding(
      warning,
      `${both.join(" and ")} is in trusted_proxies, too, where it has no effect: with a PROXY header a connection has its client's address, and X-Forwarded-For and a certificate in a header do not count`,
      "remove it from trusted_proxies if the load balancer passes TLS on, and from proxy_protocol_from if it ends TLS",
    );
  if (listen.every(({ transport }) => transport === "unix"))
    finding(
      warning,
      "no address of listen is reached over TCP, and unix sockets expect no PROXY header",
      "add an https address to listen, or remove proxy_protocol_from",
    );
  return results.length > 0
    ? results
    : [
        ok(
          "proxy_protocol_from",
          "load balancers",
          `connections from ${proxy_protocol_from.join(", ")} must begin with a PROXY header`,
        ),
      ];
}

/** Reports listeners without TLS that other machines can reach. */
function checkPlainHttp({ listen }: Settings): Result[] {
  const plain = listen.filter((where) => where.transport === "http" && "host" in where);
  const exposed = plain.filter((where) => "host" in where && !/^(?:127\.|::1$|localhost$)/.test(where.host));
  if (exposed.length === 0) return [];
  return [
    warning(
      "listen",
      "plain http",
      "a listener without TLS can be reached from other machines: passwords and tokens are sent in clear text",
      "listen on https, or on http://127.0.0.1 behind a reverse proxy of this machine",
    ),
  ];
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

/** Checks reverse proxies, load balancers, listeners without TLS, and `public_url`. */
export const checkReverseProxies = (settings: Settings): Result[] => [
  ...checkTrustedProxies(settings),
  ...checkLoadBalancers(settings),
  ...checkPlainHttp(settings),
  ...checkPublicUrl(settings),
];
