/** A Katello under test: the demo's, or Katello's own controller. Both have the same content and the same controls. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { type DemoKatelloOptions, startDemoKatello } from "../../src/demo/katello.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { pem, testFolder } from "../support/folder.ts";

/** An account in Foreman. */
export interface Account {
  readonly password: string;
  readonly repositories: readonly string[];
  readonly withoutTokens?: boolean;
  readonly administrator?: boolean;
}

/** A request that reached Katello. */
export interface Seen {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** True if the client sent a certificate. */
  readonly certified: boolean;
}

/** A Katello and its controls. */
export interface Katello {
  readonly name: string;
  readonly origin: string;
  /** The certificate authority of its own certificate, and the gateway's client certificate and key, as PEM. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Settings of a gateway in front of it: files and trusted hosts. */
  readonly settings: Readonly<Record<string, unknown>>;
  setUser(login: string, account: Account): Promise<void>;
  setHost(uuid: string, repositories: readonly string[]): Promise<void>;
  revoke(login: string): Promise<void>;
  /** Requests since the last call. */
  seen(): Promise<Seen[]>;
  /** Resets Foreman's count of failed logins. */
  forgetFailures(): Promise<void>;
  /** Updates the gateway as Katello's sync does. */
  sync(gateway: string): Promise<void>;
  close(): Promise<void>;
}

export const OPEN = "org/public-app";
export const PRIVATE = "org/private-app";
export const OTHER = "org/other-app";
export const HOST = "00000000-aaaa-4bbb-8ccc-000000000000";
/** `Alice` may pull one repository; `root` is an administrator; `nopat` may not have tokens. */
export const ACCOUNTS: Readonly<Record<string, Account>> = {
  Alice: { password: "good", repositories: [PRIVATE] },
  root: { password: "good", repositories: [], administrator: true },
  nopat: { password: "good", repositories: [], withoutTokens: true },
};

const entry = (repository: string) => ({ repository, auth_required: repository !== OPEN });

/** The demo's Katello with the content of these tests. */
export async function demoKatello(options: Partial<DemoKatelloOptions> = {}): Promise<Katello> {
  const tls = { ca: pem("ca.crt"), cert: pem("gateway.crt"), key: pem("gateway.key") };
  const katello = await startDemoKatello({
    tls: { ca: tls.ca, server: { cert: pem("server.crt"), key: pem("server.key") } },
    users: ACCOUNTS,
    hosts: { [HOST]: [OTHER] },
    unauthenticated: [OPEN],
    ...options,
  });
  const accounts = new Map(Object.entries(ACCOUNTS));
  const hosts = new Map<string, readonly string[]>([[HOST, [OTHER]]]);
  const inFolder = (name: string) => join(testFolder(), name);
  return {
    name: "the demo's Katello",
    origin: katello.origin,
    tls,
    settings: {
      foreman_ssl_ca: inFolder("ca.crt"),
      foreman_ssl_cert: inFolder("gateway.crt"),
      foreman_ssl_key: inFolder("gateway.key"),
    },
    setUser: async (login, account) => {
      accounts.set(login, account);
      katello.setUser(login, account);
    },
    setHost: async (uuid, repositories) => {
      hosts.set(uuid, repositories);
      katello.setHost(uuid, repositories);
    },
    revoke: async (login) => katello.revoke(login),
    seen: async () => {
      const seen = katello.requests.map(({ url, headers, client }) => ({
        url,
        headers,
        certified: client !== undefined,
      }));
      katello.clearRequests();
      return seen;
    },
    forgetFailures: async () => katello.clearFailedLogins(),
    sync: async (gateway) => {
      const foreman = { ca: tls.ca, cert: pem("foreman.crt"), key: pem("foreman.key") };
      const of = (names: readonly string[]) => [OPEN, ...names].map(entry);
      await sendSync({
        baseUrl: gateway,
        tls: foreman,
        repositories: [OPEN, PRIVATE, OTHER].map(entry),
        users: Object.fromEntries(
          [...accounts].map(([login, { repositories }]) => [login, of(repositories)]),
        ),
        hosts: Object.fromEntries([...hosts].map(([uuid, names]) => [uuid, names.map(entry)])),
      });
    },
    close: () => katello.close(),
  };
}

/**
 * Katello's own controller at KATELLO_URL, with its control port at KATELLO_CONTROL and its certificates in
 * KATELLO_CERTS.
 * @throws Error that names a missing variable
 */
export async function realKatello(): Promise<Katello> {
  const { KATELLO_URL: origin, KATELLO_CONTROL: control, KATELLO_CERTS: folder } = process.env;
  if (!origin || !control || !folder)
    throw new Error(
      "KATELLO_URL, KATELLO_CONTROL and KATELLO_CERTS must name Katello's registry controller: see CONTRIBUTING.md",
    );
  const file = (name: string) => join(folder, name);
  const read = (name: string) => readFileSync(file(name), "utf8");
  const tell = async (operation: string, body: object): Promise<unknown> => {
    const reply = await request(`${control}/${operation}`, { method: "POST", body: JSON.stringify(body) });
    const text = await reply.body.text();
    if (reply.statusCode !== 200) throw new Error(`${operation}: ${text}`);
    return JSON.parse(text);
  };
  const setUser: Katello["setUser"] = async (login, account) => {
    const { password, repositories, withoutTokens = false, administrator = false } = account;
    await tell("user", {
      login,
      password,
      grants: repositories,
      may: !withoutTokens,
      admin: administrator,
    });
  };
  await tell("repositories", {
    list: [
      [OPEN, true],
      [PRIVATE, false],
      [OTHER, false],
      [null, false],
    ],
  });
  for (const [login, account] of Object.entries(ACCOUNTS)) {
    await tell("no_user", { login });
    await setUser(login, account);
  }
  await tell("host", { uuid: HOST, grants: [OTHER] });
  await tell("set", { trusted: false });
  return {
    name: "Katello's own controller",
    origin,
    tls: { ca: read("ca.pem"), cert: read("client.pem"), key: read("client.key") },
    settings: {
      foreman_ssl_ca: file("ca.pem"),
      foreman_ssl_cert: file("client.pem"),
      foreman_ssl_key: file("client.key"),
      ssl_certificate: file("server.pem"),
      ssl_private_key: file("server.key"),
      ssl_ca_file: file("ca.pem"),
      trusted_hosts: ["foreman.example.test"],
    },
    setUser,
    setHost: async (uuid, grants) => void (await tell("host", { uuid, grants })),
    revoke: async (login) => void (await tell("revoke", { login })),
    seen: async () => {
      const seen = await tell("seen", { clear: true });
      if (!Array.isArray(seen)) throw new Error("seen gives no list");
      return seen.map(({ url, headers, cert }) => ({ url, headers, certified: cert !== null }));
    },
    // A change of its settings resets its cache of failures.
    forgetFailures: async () => void (await tell("set", { delay: 0 })),
    sync: async () => void (await tell("sync", { id: `test-${Date.now()}` })),
    close: async () => undefined,
  };
}
