/** A rolling upgrade: the version before and this one on one database, under pulls, logins and syncs, and the way back. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import { type Daemon, startDaemon } from "../clients/command.ts";
import { CLI } from "../clients/site.ts";
import { pullAt, tokenAt } from "../support/calls.ts";
import { createDatabase, query } from "../support/database.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { buildPrevious } from "./previous.ts";

const ALICE = { name: "alice", password: "secret" };
const PAUSE_MS = 5;
/** Least number of requests that each phase has to see. */
const MIN_REQUESTS = 50;

let katello: DemoKatello;
let pulp: DemoPulp;
let database: string;
let previous: string;
beforeAll(async () => {
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
  pulp = await startDemoPulp({ tls: { ca, ...server } });
  // An empty one, which the version before migrates.
  database = await createDatabase("template0");
  previous = join((await buildPrevious()).folder, "dist/cli.js");
});
afterAll(async () => {
  await pulp?.close();
  await katello?.close();
});

/** A gateway that serves. */
interface Running extends Daemon {
  readonly http: string;
  readonly https: string;
}

async function start(program: string): Promise<Running> {
  const file = join(testFolder(), `${randomBytes(4).toString("hex")}.yml`);
  const { listen, ...usual } = settingsFor(katello.origin, pulp.origin, database, "");
  const { db_connection_string, ...others } = usual;
  // The version before knows no newer settings.
  const known = Object.fromEntries(Object.entries(others).filter(([key]) => key !== "admin_listen"));
  writeFileSync(file, stringify({ ...known, db_connection_string, listen: listen.slice(0, 2) }));
  const urls = (said: string) => [...said.matchAll(/"url":"(https?:[^"]+)"/g)].map(([, url]) => url ?? "");
  const daemon = await startDaemon(
    process.execPath,
    [program, "serve", "--config", file],
    (said) =>
      said.includes("change feed connected") && said.includes("database ready") && urls(said).length >= 2,
  );
  const of = (scheme: string) => urls(daemon.said()).find((url) => url.startsWith(scheme)) ?? "";
  return { ...daemon, http: of("http:"), https: of("https:") };
}

const sync = ({ https }: Running) =>
  sendSync({
    baseUrl: https.replace("127.0.0.1", "localhost"),
    tls: { ca: pem("ca.crt"), cert: pem("foreman.crt"), key: pem("foreman.key") },
    ...DEMO_SYNC,
  });

const tokenFrom = ({ http }: Running): Promise<string> => tokenAt(http, ALICE);

/** Clients of some gateways: each logs in at one, and pulls from all with that token. */
class Load {
  readonly failures: string[] = [];
  requests = 0;
  #gateways: readonly Running[];
  #isStopped = false;
  readonly #ended: Promise<void>;

  constructor(gateways: readonly Running[]) {
    this.#gateways = gateways;
    this.#ended = this.#run();
  }

  /** Sends the following requests to these gateways. */
  use(gateways: readonly Running[]): void {
    this.#gateways = gateways;
  }

  /** Waits for requests at the gateways in use. */
  async more(): Promise<void> {
    const wanted = this.requests + MIN_REQUESTS;
    while (this.requests < wanted) await sleep(PAUSE_MS);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const gateways = this.#gateways;
      for (const gateway of gateways) await this.#loginAndPull(gateway, gateways);
      await sleep(PAUSE_MS);
    }
  }

  async #loginAndPull(gateway: Running, gateways: readonly Running[]): Promise<void> {
    try {
      const token = await tokenFrom(gateway);
      for (const { http } of gateways) {
        const status = await pullAt(http, token, "org/private-app");
        this.requests += 1;
        if (status !== 200) this.failures.push(`pull from ${http}: ${status}`);
        const other = await pullAt(http, token, "org/other-app");
        if (other !== 404) this.failures.push(`another's image from ${http}: ${other}`);
      }
    } catch (error) {
      this.failures.push(String(error));
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }
}

/**
 * Starts the version before on the schema of this one. Versions that know which schemas they work with serve; older ones say
 * that the database is a newer version's, and change nothing.
 */
async function tryToInstallAgain(load: Load, beside: Running): Promise<string> {
  const schema = readFileSync(join(previous, "../../src/database/schema.ts"), "utf8");
  const known = readdirSync(join(previous, "../../migrations")).filter((name) => name.endsWith(".js"));
  const rows = await query<{ count: number }>(database, "SELECT count(*)::int AS count FROM migrations");
  const isNewer = rows[0]?.count !== known.length;
  try {
    const back = await start(previous);
    load.use([beside, back]);
    await load.more();
    await sync(back);
    load.use([beside]);
    await load.more();
    await back.stop();
    return "serves";
  } catch (error) {
    if (schema.includes("OLDEST_COMPATIBLE") || !isNewer) throw error;
    return String(error);
  }
}

test("goes forward and back without a refused pull or login", async () => {
  const before = await start(previous);
  await sync(before);
  const load = new Load([before]);
  await load.more();
  // The new version migrates while the one before serves; from then on both do, and see each other's logins and syncs.
  const next = await start(CLI);
  load.use([before, next]);
  await load.more();
  await sync(next);
  await load.more();
  await sync(before);
  await load.more();
  // Back: the new one goes, and the one before serves its schema alone.
  load.use([before]);
  await load.more();
  const firstCode = await next.stop();
  await sync(before);
  await load.more();
  // Forward again: the one before goes.
  const again = await start(CLI);
  load.use([before, again]);
  await load.more();
  load.use([again]);
  await load.more();
  const secondCode = await before.stop();
  await load.more();
  const downgrade = await tryToInstallAgain(load, again);
  await load.stop();
  const thirdCode = await again.stop();
  process.stdout.write(
    `rolling upgrade and back: ${load.requests} pulls, ${load.failures.length} failures\n`,
  );
  expect(load.failures).toEqual([]);
  expect([firstCode, secondCode, thirdCode]).toEqual([0, 0, 0]);
  expect(downgrade).toMatch(
    /^serves$|was migrated by a newer version \(\S+.*\), and was not changed: install/,
  );
  const mapped = await query<{ count: string }>(database, "SELECT count(*)::text FROM repositories_users");
  expect(mapped).toEqual([{ count: "2" }]);
});
