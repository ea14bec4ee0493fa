/** A real gateway with its own database, a demo Katello and a demo Pulp, all on free ports. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { type Logger, pino } from "pino";
import { stringify } from "yaml";
import { type DemoKatello, type DemoKatelloOptions, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, type DemoPulpOptions, startDemoPulp } from "../../src/demo/pulp.ts";
import type { SyncedRepository } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_REPOSITORIES, DEMO_USERS } from "../../src/demo/world.ts";
import { type Gateway, type StartOptions, startGateway } from "../../src/gateway.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { createDatabase, query } from "./database.ts";
import { eventually } from "./eventually.ts";
import { pem, testFolder } from "./folder.ts";

export { pem, testFolder } from "./folder.ts";

/** Options of a test gateway. */
export interface TestGatewayOptions extends Pick<StartOptions, "beginBulkWork"> {
  readonly pulp?: DemoPulpOptions;
  readonly katello?: Partial<DemoKatelloOptions>;
  /** Settings that are added or replaced. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly database?: string;
  readonly log?: Logger;
  /** Repositories that are in the database before the gateway starts; default: the demo's, false for none. */
  readonly listed?: false | readonly SyncedRepository[];
  /** Administration for browsers, beside the socket. */
  readonly browsers?: true;
}

/** A running gateway and its upstreams. */
export interface TestGateway {
  readonly https: string;
  readonly http: string;
  /** Path of the unix socket. */
  readonly socket: string;
  /** Path of the socket of administration. */
  readonly adminSocket: string;
  /** URL of administration for browsers. */
  readonly adminUrl: string;
  readonly database: string;
  readonly katello: DemoKatello;
  readonly pulp: DemoPulp;
  readonly gateway: Gateway;
  /** Clients with open connections, which its shutdown would wait for. */
  readonly clients: Set<{ destroy(): Promise<void> }>;
  /** Runs SQL in the gateway's database. */
  sql<Row extends Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Writes a settings file of this test run and returns its path. */
export function writeSettings(settings: Readonly<Record<string, unknown>>): string {
  const path = join(testFolder(), `settings-${randomBytes(6).toString("hex")}.yml`);
  writeFileSync(path, stringify(settings));
  return path;
}

const adminSocketOf = (socket: string): string => `${socket}.admin`;

/** The settings of a gateway between the demo's Katello and Pulp. */
export function settingsFor(katello: string, pulp: string, database: string, socket: string) {
  const inFolder = (name: string) => join(testFolder(), name);
  return {
    listen: ["https://127.0.0.1:0", "http://127.0.0.1:0", `unix:${socket}`],
    admin_listen: socket === "" ? "off" : `unix:${adminSocketOf(socket)}`,
    ssl_certificate: inFolder("server.crt"),
    ssl_private_key: inFolder("server.key"),
    ssl_ca_file: inFolder("ca.crt"),
    rhsm_ca_file: inFolder("consumers.crt"),
    trusted_hosts: ["foreman.example.org"],
    foreman_url: katello,
    foreman_ssl_ca: inFolder("ca.crt"),
    foreman_ssl_cert: inFolder("gateway.crt"),
    foreman_ssl_key: inFolder("gateway.key"),
    pulp_endpoint: pulp,
    db_connection_string: database,
    db_max_connections: 6,
    login_ttl: 0,
    workers: 1,
  };
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const database = options.database ?? (await createDatabase());
  const { listed = DEMO_REPOSITORIES } = options;
  if (listed !== false)
    await query(
      database,
      "INSERT INTO repositories (name, auth_required) SELECT * FROM unnest($1::text[], $2::bool[])",
      [listed.map(({ repository }) => repository), listed.map(({ auth_required }) => auth_required)],
    );
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  const katello = await startDemoKatello({
    tls: { ca, server },
    users: DEMO_USERS,
    hosts: DEMO_HOSTS,
    ...options.katello,
  });
  const pulp = await startDemoPulp({ tls: { ca, ...server }, ...options.pulp });
  const socket = join(testFolder(), `${randomBytes(6).toString("hex")}.sock`);
  const usual = settingsFor(katello.origin, pulp.origin, database, socket);
  const path = join(testFolder(), `${randomBytes(6).toString("hex")}.log`);
  const file = pino.destination({ dest: path });
  const log = options.log ?? pino({ level: "trace" }, file);
  // Without repositories the gateway would wait for the first sync.
  const unsynced = listed === false || listed.length === 0 ? { serve_before_first_sync: true } : {};
  const browsers =
    options.browsers === true ? { admin_listen: [usual.admin_listen, "http://127.0.0.1:0"] } : {};
  const settings = writeSettings({ ...usual, ...unsynced, ...browsers, ...options.settings });
  const closeNeighbours = () => Promise.all([katello.close(), pulp.close()]);
  const start = options.beginBulkWork === undefined ? {} : { beginBulkWork: options.beginBulkWork };
  const gateway = await startGateway(loadSettings(settings, {}), log, start).catch(async (error: unknown) => {
    await closeNeighbours();
    throw error;
  });
  // Earlier cache entries are dropped when the change feed connects.
  if (options.log === undefined)
    await eventually("changes are heard", () => readFileSync(path, "utf8").includes("change feed connected"));
  if (options.settings?.foreman_url === undefined)
    await eventually("the gateway has tried Katello's token check", () => katello.requests.length > 0);
  katello.clearRequests();
  const [https, http] = gateway.addresses;
  const clients: TestGateway["clients"] = new Set();
  // A connection costs PostgreSQL more than most statements of tests.
  const connections = new pg.Pool({ connectionString: database, max: 8, idleTimeoutMillis: 1_000 });
  connections.on("error", () => undefined);
  return {
    https: https?.url ?? "",
    http: http?.url ?? "",
    socket,
    adminSocket: adminSocketOf(socket),
    adminUrl: gateway.admin.find(({ transport }) => transport === "http")?.url ?? "",
    database,
    katello,
    pulp,
    gateway,
    clients,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await connections.query<Row>(text, values)).rows,
    stop: async () => {
      await connections.end();
      await Promise.all([...clients].map((one) => one.destroy()));
      // Idle connections of clients that nobody destroys need not stay open.
      await gateway.stop({ hurry: AbortSignal.abort() });
      file.flushSync();
      await closeNeighbours();
    },
  };
}
