/** A site: the gateway as its own process, with a database, a demo Katello that has synced once, and a Pulp. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type SyncOptions, sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import type { RealPulp } from "../pulp/target.ts";
import { createDatabase, query } from "../support/database.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { startDaemon } from "./command.ts";
import { programPath } from "./program.ts";

/** The built command. */
export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The settings for a real Pulp. */
export const settingsOf = ({ origin, file }: RealPulp) => ({
  pulp_endpoint: origin,
  pulp_client_ssl_ca: file("ca.crt"),
  pulp_client_ssl_cert: file("client.crt"),
  pulp_client_ssl_key: file("client.key"),
});

/** Options of a site. */
export interface SiteOptions {
  /** Scheme, host and port of a Pulp with the gateway's certificates; an unused address by default. */
  readonly pulp?: string;
  /** Settings that are added or replaced. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Content of Katello, if not the demo's. */
  readonly world?: Partial<Pick<SyncOptions, "repositories" | "users" | "hosts">>;
  /** Offset of the gateway's clock, such as `+10m`. */
  readonly clock?: string;
  /** Seconds that a token is valid after its user's last login; default 3600. */
  readonly tokenLife?: number;
}

/** A running site. */
export interface Site {
  /** `host:port` over TLS, and without. */
  readonly tls: string;
  readonly plain: string;
  /** File of the CA of the gateway's certificate. */
  readonly ca: string;
  readonly katello: DemoKatello;
  /** The gateway's log. */
  log(): string;
  /** Runs SQL in the gateway's database. */
  sql<Row extends Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Syncs as Katello does. */
  sync(world?: SiteOptions["world"]): Promise<void>;
  /** @throws Error if the gateway does not exit with 0 */
  stop(): Promise<void>;
}

/** The environment of a process with a wrong clock; its timers are right. @throws Error if Debian's faketime is missing */
function clockOf(offset: string): Record<string, string> {
  programPath("faketime");
  return {
    LD_PRELOAD: "/usr/$LIB/faketime/libfaketimeMT.so.1",
    FAKETIME: offset,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

const portOf = (scheme: string, said: string): string | undefined =>
  new RegExp(`"url":"${scheme}://[^"]*:(\\d+)"`).exec(said)?.[1];

export async function startSite({
  pulp = "https://localhost:1",
  settings,
  world,
  clock,
  tokenLife,
}: SiteOptions = {}): Promise<Site> {
  const database = await createDatabase();
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  const katello = await startDemoKatello({
    tls: { ca, server },
    users: DEMO_USERS,
    hosts: DEMO_HOSTS,
    ...(tokenLife === undefined ? {} : { tokenLife }),
  });
  const id = randomBytes(4).toString("hex");
  const usual = settingsFor(katello.origin, pulp, database, join(testFolder(), `${id}.sock`));
  const file = join(testFolder(), `${id}.yml`);
  writeFileSync(file, stringify({ ...usual, ...settings }));
  const gateway = await startDaemon(
    process.execPath,
    [CLI, "serve", "--config", file],
    (said) =>
      said.includes("database ready") &&
      portOf("https", said) !== undefined &&
      portOf("http", said) !== undefined,
    clock === undefined ? {} : { env: clockOf(clock) },
  ).catch(async (error: unknown) => {
    await katello.close();
    throw error;
  });
  const tls = `localhost:${portOf("https", gateway.said())}`;
  const foreman = { ca, cert: pem("foreman.crt"), key: pem("foreman.key") };
  const sync = (other?: SiteOptions["world"]) =>
    sendSync({ baseUrl: `https://${tls}`, tls: foreman, ...DEMO_SYNC, ...world, ...other });
  await sync();
  return {
    tls,
    plain: `localhost:${portOf("http", gateway.said())}`,
    ca: join(testFolder(), "ca.crt"),
    katello,
    log: gateway.said,
    sql: (text, values) => query(database, text, values),
    sync,
    stop: async () => {
      const code = await gateway.stop();
      await katello.close();
      if (code !== 0)
        throw new Error(`the gateway ended with exit code ${code}; it said:\n${gateway.said()}`);
    },
  };
}
