/** `container-gateway check`: checks certificates, files and connections of the settings, and reports each with advice. */
import type { X509Certificate } from "node:crypto";
import { access, constants, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ACCEPTS_ANY_TOKEN } from "../auth/katello-token-check.ts";
import { inspectDatabase } from "../database/inspection.ts";
import { errorCode, errorText } from "../model/error-text.ts";
import type { Settings } from "../settings/keys.ts";
import type { PemFile } from "../settings/values.ts";
import { openUpstreams } from "../upstreams/index.ts";
import { certificatesIn } from "../x509/client-certificates.ts";
import { countRevoked, isOverdue, readRevocationLists } from "../x509/revocation-list.ts";

/** Result of one check. */
export interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly text: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function checkCertificate(certificate: X509Certificate): Omit<Finding, "subject"> & { days: number } {
  const days = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
  const name = certificate.subject.replaceAll("\n", ", ");
  if (Date.parse(certificate.validFrom) > Date.now())
    return {
      days,
      ok: false,
      text: `${name} is not valid before ${certificate.validFrom}: check the clock`,
    };
  if (days < 0) return { days, ok: false, text: `${name} expired on ${certificate.validTo}: renew it` };
  return { days, ok: true, text: `${name}, ${days} days left` };
}

/** Checks the certificates in a file. Reports an invalid one, or the one that expires first. */
function checkCertificates(setting: string, { path, text }: PemFile): Finding {
  const subject = `${setting} ${path}`;
  try {
    const findings = certificatesIn(text).map(checkCertificate);
    const [worst] = findings.sort((one, other) => Number(one.ok) - Number(other.ok) || one.days - other.days);
    return worst === undefined
      ? { subject, ok: false, text: "the file contains no certificate" }
      : { subject, ok: worst.ok, text: worst.text };
  } catch (error) {
    return { subject, ok: false, text: `certificate can't be parsed: ${errorText(error)}` };
  }
}

async function attempt(subject: string, advice: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { subject, ok: true, text: await work() };
  } catch (error) {
    return { subject, ok: false, text: `${errorText(error)}: ${advice}` };
  }
}

async function revocationLists({ rhsm_ca_file, rhsm_crl_file: path }: Settings): Promise<Finding[]> {
  if (rhsm_ca_file === undefined || path === undefined) return [];
  const cas = certificatesIn(rhsm_ca_file.text);
  return [
    await attempt(`rhsm_crl_file ${path}`, "see rhsm_crl_file and rhsm_ca_file", async () => {
      const lists = await readRevocationLists(await readFile(path), cas);
      if (lists.some((list) => isOverdue(list)))
        throw new Error("a list is overdue (it stays in force): install a newer one");
      return `${lists.length} lists, ${countRevoked(lists)} certificates revoked`;
    }),
  ];
}

async function auditLog({ audit_log: path }: Settings): Promise<Finding[]> {
  if (!path.startsWith("/")) return [];
  return [
    await attempt(`audit_log ${path}`, "see audit_log", async () => {
      const exists = await access(path, constants.W_OK).then(
        () => true,
        (error: unknown) => {
          if (errorCode(error) !== "ENOENT") throw error;
          return false;
        },
      );
      if (!exists) await access(dirname(path), constants.W_OK | constants.X_OK);
      return exists ? "can be written" : "can be created";
    }),
  ];
}

/** Checks which listeners accept Katello's calls. */
function administration({ listen, trusted_proxies, trusted_hosts }: Settings): Finding {
  const proxies = new Set(trusted_proxies);
  const routes = listen.flatMap((where): string[] => {
    const { transport } = where;
    if (transport === "https") return trusted_hosts.length === 0 ? [] : ["https with a client certificate"];
    if (transport === "http" || proxies.has("unix")) return [];
    if (!("path" in where)) return ["unix socket of systemd"];
    return proxies.has(`unix:${where.path}`) ? [] : [`unix socket ${where.path}`];
  });
  const text =
    routes.length > 0
      ? `by ${[...new Set(routes)].join(", ")}`
      : "no listener accepts Katello's calls: they need https with a client certificate (trusted_hosts, ssl_ca_file), or a unix listener that trusted_proxies does not name";
  return { subject: "administration", ok: routes.length > 0, text };
}

/** Linux's limit on the backlog of a listener. */
const SOMAXCONN = "/proc/sys/net/core/somaxconn";

async function backlog({ listen_backlog: configured }: Settings): Promise<Finding[]> {
  const allowed = Number(await readFile(SOMAXCONN, "utf8").catch(() => ""));
  if (!(allowed > 0)) return [];
  const text =
    allowed < configured
      ? `the kernel allows ${allowed}: raise net.core.somaxconn to ${configured}, or lower listen_backlog`
      : `${configured} connections may wait to be accepted`;
  return [{ subject: "listen_backlog", ok: true, text }];
}

/** Checks certificates, revocation lists, the audit log's file, PostgreSQL, Pulp and Katello. Changes nothing. */
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
    return file === undefined ? [] : [checkCertificates(key, file)];
  });
  const database = await attempt("PostgreSQL", "see db_connection_string", () => inspectDatabase(settings));
  const lists = await revocationLists(settings);
  const { pulp, katello, close } = openUpstreams(settings, () => undefined);
  const upstreams = [
    await attempt(
      `Pulp ${settings.pulp_endpoint}`,
      "see pulp_endpoint and the pulp_client_ssl_ settings",
      () => pulp.probe(),
    ),
    await attempt(
      `Katello ${settings.foreman_url}`,
      "see foreman_url, katello_registry_path and the foreman_ssl_ settings",
      () => katello.probe(),
    ),
    await attempt("Katello's token check", "see foreman_url and token_recheck", async () => {
      if (await katello.acceptsAnything()) throw new Error(ACCEPTS_ANY_TOKEN);
      return "Katello refuses unknown tokens";
    }),
  ];
  await close();
  return [
    ...certificates,
    ...lists,
    ...(await auditLog(settings)),
    administration(settings),
    ...(await backlog(settings)),
    database,
    ...upstreams,
  ];
}
