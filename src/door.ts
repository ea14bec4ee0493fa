/** The door of a gateway, made from its settings: who is calling, by which way, and how much a caller may take. */
import { X509Certificate } from "node:crypto";
import type { Logger } from "pino";
import { createIdentify } from "./auth/authenticate.ts";
import { Hosts } from "./auth/hosts/hosts.ts";
import { createRecheck } from "./auth/token-recheck.ts";
import { createOrigin } from "./connection/origin.ts";
import { Proxies } from "./connection/trusted-proxies.ts";
import type { Ground } from "./ground.ts";
import type { Settings } from "./settings/keys.ts";
import type { PemFile } from "./settings/values.ts";
import { ClientAuthorities, certificatesIn, type Revocations } from "./x509/certificates.ts";
import { RevocationFile } from "./x509/revocation-file.ts";

/** DNS names and addresses of a certificate, the ones that a caller may have reached it by. */
function certificateNames(pem: string | undefined): string[] {
  const names = pem === undefined ? undefined : new X509Certificate(pem).subjectAltName;
  return [...(names ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].flatMap(([, name]) => name ?? []);
}

const authoritiesIn = (file: PemFile | undefined, revocations?: Revocations): ClientAuthorities | undefined =>
  file && new ClientAuthorities(file.text, revocations);

/** @throws StartError if there is a revocation list to be used, and it can't be */
export async function openRevocations({ rhsm_ca_file, rhsm_crl_file }: Settings, log: Logger) {
  if (rhsm_ca_file === undefined || rhsm_crl_file === undefined) return undefined;
  return RevocationFile.open({ path: rhsm_crl_file, authorities: certificatesIn(rhsm_ca_file.text), log });
}

/** What tells who is calling, and by which way. */
export function createDoor(ground: Ground, revocations: Revocations | undefined) {
  const { settings, caches, upstreams, audit, log } = ground;
  const { foreman } = upstreams;
  const authorities = authoritiesIn(settings.ssl_ca_file);
  const proxies = new Proxies({ trustedProxies: settings.trusted_proxies, authorities });
  return {
    proxies,
    identify: createIdentify({
      tokens: caches.knownTokens,
      recheck: createRecheck({
        every: settings.token_recheck,
        authority: foreman,
        drop: (checksum) => caches.tokens.drop(checksum),
        audit,
        log,
      }),
      authorities,
      trustedHosts: settings.trusted_hosts,
    }),
    hosts: new Hosts({
      authorities: authoritiesIn(settings.rhsm_ca_file, revocations),
      proxies,
      otherNames: [...settings.trusted_proxies, ...settings.trusted_hosts],
      known: caches.knownHosts,
      store: caches.hosts,
      catalogs: foreman,
      log,
    }),
    originOf: createOrigin({
      publicUrl: settings.public_url,
      certificateNames: certificateNames(settings.ssl_certificate?.text),
      proxies,
    }),
  };
}
