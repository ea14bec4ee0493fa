/** A gateway process between stand-ins for Katello and Pulp, after one sync and a login of alice. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import { pullAt, tokenAt } from "../support/calls.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { pem, settingsFor, testFolder, writeSettings } from "../support/gateway.ts";
import { type GatewayProcess, type ProcessOptions, startGatewayProcess } from "../support/gateway-process.ts";
import { type Load, type LoadOptions, type Question, startLoad } from "./load.ts";
import { openSwitch, type Switch } from "./switch.ts";

/** Options of a site. */
export interface SiteOptions extends Omit<ProcessOptions, "config"> {
  readonly database?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Requests of alice, but for `login`, which is bob's: `known` is cached, `asked` needs PostgreSQL each time,
 * `listed` and `tagged` need Pulp, `login` needs Katello and PostgreSQL.
 */
export type Questions = Readonly<Record<"known" | "asked" | "listed" | "tagged" | "login", Question>>;

/** A running site. */
export interface Site {
  readonly process: GatewayProcess;
  /** The settings file, for another gateway of the same site. */
  readonly config: string;
  readonly https: string;
  readonly http: string;
  readonly katello: DemoKatello;
  readonly pulp: DemoPulp;
  readonly token: string;
  /** The switches in front of Pulp and Katello. */
  readonly switches: Readonly<Record<"pulp" | "katello", Switch>>;
  readonly questions: Questions;
  /** Starts a load of some of these requests. */
  load(names: readonly (keyof Questions)[], options?: Partial<LoadOptions>): Load;
  /** Syncs as Katello does. @throws Error if a call fails */
  sync(): Promise<void>;
  stop(): Promise<void>;
}

export const basic = (credentials: string) => ({
  authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
});

/** Syncs as Katello does. */
export const syncTo = (https: string): Promise<void> =>
  sendSync({
    baseUrl: https,
    tls: { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") },
    ...DEMO_SYNC,
  });

/** Two stand-ins, and the settings of a gateway between them. */
export async function startNeighbours() {
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  const katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
  const pulp = await startDemoPulp({ tls: { ca, ...server } });
  const settings = (database: string) =>
    settingsFor(
      katello.origin,
      pulp.origin,
      database,
      join(testFolder(), `${randomBytes(4).toString("hex")}.sock`),
    );
  return { katello, pulp, settings, close: () => Promise.all([katello.close(), pulp.close()]) };
}

export async function startSite({ database, settings, ...options }: SiteOptions = {}): Promise<Site> {
  const { katello, pulp, close, ...neighbours } = await startNeighbours();
  const shown = { cert: pem("server.crt"), key: pem("server.key") };
  const switches = {
    pulp: await openSwitch(pulp.origin, shown),
    katello: await openSwitch(katello.origin, shown),
  };
  const config = writeSettings({
    ...neighbours.settings(database ?? (await createDatabase())),
    pulp_endpoint: switches.pulp.origin,
    pulp_content_origins: [pulp.origin],
    foreman_url: switches.katello.origin,
    ...settings,
  });
  const process = await startGatewayProcess({ config, ...options });
  const [https = "", http = ""] = process.addresses;
  await syncTo(https);
  const token = await tokenAt(http, { name: "alice", password: "secret" });
  const headers = { authorization: `Bearer ${token}` };
  const digest = pulp.images.get("org/private-app")?.tags.get("latest") ?? "";
  const questions = {
    known: { path: `/v2/org/private-app/manifests/${digest}`, headers },
    asked: { path: `/v2/org/other-app/manifests/${digest}`, headers },
    listed: { path: "/v2/org/private-app/tags/list", headers },
    tagged: { path: "/v2/org/private-app/manifests/latest", headers },
    login: { path: "/v2/token", headers: basic("bob:hunter2") },
  };
  await eventually("alice pulls", async () => (await pullAt(http, token, "org/private-app", digest)) === 200);
  return {
    process,
    config,
    https,
    http,
    katello,
    pulp,
    token,
    switches,
    questions,
    load: (names, more) =>
      startLoad({
        origin: http,
        questions: Object.fromEntries(names.map((name) => [name, questions[name]])),
        ...more,
      }),
    sync: () => syncTo(https),
    stop: async () => {
      await process.stop();
      await Promise.all([switches.pulp.close(), switches.katello.close()]);
      await close();
    },
  };
}
