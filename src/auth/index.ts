/** Assembles authentication and authorization from the settings. */
import { X509Certificate } from "node:crypto";
import type { Logger } from "pino";
import { createOrigin, createOwnHosts } from "../connection/origin.ts";
import { TrustedProxies } from "../connection/trusted-proxies.ts";
import type { Audit } from "../model/audit-events.ts";
import type { HostActivityWriter } from "../model/host-activity.ts";
import type { Settings } from "../settings/keys.ts";
import type { PemFile } from "../settings/values.ts";
import { ClientCertificateVerifier, certificatesIn, type Revocations } from "../x509/certificate-verifier.ts";
import { RevocationFile } from "../x509/revocation-file.ts";
import { createAuthenticate } from "./authenticate.ts";
import { createAuthorize } from "./authorize.ts";
import { createCallerResolver } from "./basic-logins.ts";
import { tokenChecksum } from "./credentials.ts";
import { createStoredDecision } from "./explained-decision.ts";
import { HostActivity } from "./hosts/host-activity.ts";
import { Hosts } from "./hosts/hosts.ts";
import { auditLogins } from "./login/audit.ts";
import { createKatelloLogin, type Logins, type Tokens, type Users } from "./login/katello-login.ts";
import { createLogin } from "./login/login.ts";
import type { LoggedIn } from "./login/login-result.ts";
import { RecentLogins } from "./login/recent-logins.ts";
import { type LoginCount, LoginThrottle } from "./login/throttle.ts";
import type {
  FactLookup,
  FirstSyncCheck,
  GrantFreshness,
  GrantStore,
  HostCatalogs,
  HostLookup,
  HostWriter,
  OpenRepositoryLookup,
  TokenChecker,
  TokenLookup,
} from "./ports.ts";
import { createTokenRecheck } from "./token-recheck.ts";
import { TrustedHosts } from "./trusted-hosts.ts";
import { UnsyncedGrants } from "./unsynced-grants.ts";

/** Settings of authentication. */
export type AuthSettings = Pick<
  Settings,
  | "ssl_certificate"
  | "ssl_ca_file"
  | "rhsm_ca_file"
  | "rhsm_crl_file"
  | "public_url"
  | "trusted_hosts"
  | "trusted_proxies"
  | "smart_proxy_url"
  | "foreman_ssl_cert"
  | "token_recheck"
  | "login_ttl"
>;

/** Dependencies of authentication and authorization. */
export interface AuthOptions {
  readonly katello: Logins & HostCatalogs & TokenChecker;
  readonly cache: {
    readonly tokens: TokenLookup;
    readonly hosts: HostLookup;
    readonly facts: FactLookup;
    readonly firstSync: FirstSyncCheck;
    readonly openRepositories: OpenRepositoryLookup;
  };
  readonly store: {
    readonly tokens: Tokens & { drop(checksum: string): Promise<unknown> };
    readonly users: Users & GrantStore;
    readonly hosts: HostWriter & HostActivityWriter;
    readonly repositories: GrantFreshness;
    readonly loginAttempts: LoginCount;
  };
  readonly audit: Audit;
  readonly log: Logger;
}

/** DNS names and IP addresses in a certificate. */
function certificateNames(pem: string | undefined): string[] {
  const names = pem === undefined ? undefined : new X509Certificate(pem).subjectAltName;
  return [...(names ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].flatMap(([, name]) => name ?? []);
}

/** Apache in front of the façade shows the Smart Proxy's own client certificate. */
function trustedProxiesOf({ smart_proxy_url, foreman_ssl_cert, trusted_proxies }: AuthSettings): string[] {
  const subject = smart_proxy_url && foreman_ssl_cert && new X509Certificate(foreman_ssl_cert.text).subject;
  const [, apache] = /^CN=(.+)$/m.exec(subject ?? "") ?? [];
  return apache === undefined ? [...trusted_proxies] : [...trusted_proxies, apache];
}

const verifierFor = (file: PemFile | undefined, revocations?: Revocations) =>
  file && new ClientCertificateVerifier(file.text, revocations);

async function openRevocations(
  { rhsm_ca_file, rhsm_crl_file }: AuthSettings,
  log: Logger,
): Promise<RevocationFile | undefined> {
  if (rhsm_ca_file === undefined || rhsm_crl_file === undefined) return undefined;
  return RevocationFile.open({ path: rhsm_crl_file, cas: certificatesIn(rhsm_ca_file.text), log });
}

function openLogin(
  { login_ttl }: AuthSettings,
  throttle: LoginThrottle,
  { katello, cache, store, audit, log }: AuthOptions,
) {
  const isValid = async ({ userId, token }: LoggedIn) =>
    userId === undefined || (await cache.tokens.find(tokenChecksum(token)))?.userId === userId;
  const login = createLogin({
    recent: new RecentLogins({ ttlS: login_ttl, isValid }),
    throttle,
    katelloLogin: createKatelloLogin({ logins: katello, users: store.users, tokens: store.tokens, log }),
  });
  return auditLogins(login, audit);
}

/** @throws StartupError if `rhsm_crl_file` is set and can't be used */
export async function openAuth(settings: AuthSettings, options: AuthOptions) {
  const { katello, cache, store, audit, log } = options;
  const dropToken = async (checksum: string) => {
    await store.tokens.drop(checksum);
  };
  const revocations = await openRevocations(settings, log);
  const administrators = verifierFor(settings.ssl_ca_file);
  const trustedHosts = new TrustedHosts(settings.trusted_hosts, administrators);
  const trustedProxies = trustedProxiesOf(settings);
  const proxies = new TrustedProxies({
    trustedProxies,
    verifier: administrators,
  });
  const recheck = createTokenRecheck({
    intervalS: settings.token_recheck,
    checker: katello,
    drop: dropToken,
    audit,
    log,
  });
  const throttle = new LoginThrottle(store.loginAttempts, log);
  const logIn = openLogin(settings, throttle, options);
  const names = certificateNames(settings.ssl_certificate?.text);
  const resolveCaller = createCallerResolver(logIn);
  const unsynced = new UnsyncedGrants({
    grantFreshness: store.repositories,
    katello,
    users: store.users,
    hosts: store.hosts,
    dropToken,
    log,
  });
  const hostActivity = new HostActivity(store.hosts, log);
  const decided = {
    firstSync: cache.firstSync,
    openRepositories: cache.openRepositories,
    repositories: cache.facts,
    resolveCaller,
  };
  return {
    proxies,
    trustedHosts,
    originOf: createOrigin({
      publicUrl: settings.public_url,
      certificateNames: names,
      proxies,
    }),
    authenticate: createAuthenticate({
      tokens: cache.tokens,
      recheck,
      trustedHosts,
    }),
    hosts: new Hosts({
      verifier: verifierFor(settings.rhsm_ca_file, revocations),
      proxies,
      reservedNames: [...trustedProxies, ...settings.trusted_hosts],
      lookup: cache.hosts,
      store: store.hosts,
      catalogs: katello,
      activity: hostActivity,
      log,
    }),
    hostActivity,
    logIn,
    throttle,
    isOwnHost: createOwnHosts(names),
    resolveCaller,
    authorize: createAuthorize({ ...decided, unsynced }),
    decideByStore: createStoredDecision(decided),
    close: async (): Promise<void> => {
      revocations?.close();
      await hostActivity.close();
    },
  };
}
