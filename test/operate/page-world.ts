/** A gateway with two workers, 20,000 repositories, and administration for browsers, as the status page shows it. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { startDemoPulp } from "../../src/demo/pulp.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { startCommand } from "../support/command.ts";
import { createDatabase, query } from "../support/database.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";

export const REPOSITORIES_LIMIT = 20_000;
export const HOST = "6f1f2c4e-0f4f-4c5e-9d5c-0b9a5a1f2b3c";

const TEAMS = ["web", "data", "ml", "platform", "edge"];
const IMAGES = ["nginx", "postgres", "redis", "api", "worker", "builder", "proxy", "ubi9"];

/** Names as those of a site with content views and environments. */
const NAMES = Array.from({ length: REPOSITORIES_LIMIT }, (_, index) => {
  const team = TEAMS[index % TEAMS.length];
  const image = IMAGES[Math.floor(index / TEAMS.length) % IMAGES.length];
  return `acme/production/${team}/${image}-${String(index).padStart(5, "0")}`;
});

/** One of them. */
export const [REPOSITORY = ""] = NAMES;

/** The running site. */
export interface PageWorld {
  readonly url: string;
  readonly names: readonly string[];
  readonly katello: DemoKatello;
  readonly http: () => string;
  readonly gateway: () => GatewayProcess;
  /** Runs a command, and returns its output. */
  command(...words: string[]): Promise<string>;
  /** Link of `container-gateway ui`. */
  link(): Promise<string>;
  /** Stops the gateway as if its machine had failed. */
  fail(): Promise<void>;
  start(): Promise<void>;
  signalWorkers(signal: NodeJS.Signals): void;
  sql(text: string): Promise<unknown>;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export async function startPageWorld(): Promise<PageWorld> {
  const database = await createDatabase();
  const ca = pem("ca.crt");
  const server = { cert: pem("server.crt"), key: pem("server.key") };
  const katello = await startDemoKatello({
    tls: { ca, server },
    users: {
      admin: { password: "changeme", repositories: [], administrator: true },
      alice: { password: "secret", repositories: NAMES.slice(0, 12) },
      bob: { password: "hunter2", repositories: NAMES.slice(20, 25) },
    },
    hosts: {},
    failedLoginLimit: 0,
  });
  const pulp = await startDemoPulp({ tls: { ca, ...server } });
  const config = join(testFolder(), "page.yml");
  const socket = join(testFolder(), "page.sock");
  const port = await freePort();
  const usual = settingsFor(katello.origin, pulp.origin, database, socket);
  writeFileSync(
    config,
    stringify({
      ...usual,
      admin_listen: [usual.admin_listen, `http://127.0.0.1:${port}`],
      workers: 2,
      log_level: "info",
      serve_before_first_sync: true,
      audit_log: join(testFolder(), "page-audit.log"),
      foreman_failed_logins: 0,
    }),
  );
  let gateway: GatewayProcess;
  const start = async () => {
    gateway = await startGatewayProcess({ config });
  };
  await start();
  const addressOf = (index: number): string => gateway.addresses[index] ?? "";
  const command = async (...words: string[]) => {
    const { ended, said } = startCommand(...words, "--config", config);
    await ended;
    return said();
  };
  const foreman = { ca, cert: pem("foreman.crt"), key: pem("foreman.key") };
  await query(
    database,
    "INSERT INTO users (name, folded_name) SELECT n, n FROM unnest('{alice,bob,carol,dave}'::text[]) n",
  );
  const listed = NAMES.map((repository, index) => ({ repository, auth_required: index % 10 !== 0 }));
  await sendSync({
    baseUrl: addressOf(0),
    tls: foreman,
    repositories: listed,
    users: { alice: listed.slice(0, 12), bob: listed.slice(20, 25), carol: listed.slice(0, 400), dave: [] },
    hosts: {
      [HOST]: listed.slice(3, 9),
      ...Object.fromEntries(
        Array.from({ length: 120 }, (_, index) => [
          `6f1f2c4e-0f4f-4c5e-9d5c-${String(index).padStart(12, "0")}`,
          listed.slice(index, index + 5),
        ]),
      ),
    },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    names: NAMES,
    katello,
    http: () => addressOf(1),
    gateway: () => gateway,
    command,
    link: async () => {
      const text = await command("ui");
      const [link] = /^http:\S+/m.exec(text) ?? [];
      if (link === undefined) throw new Error(`no link: ${text}`);
      return link;
    },
    fail: () => gateway.kill(),
    start,
    signalWorkers: (signal) => {
      for (const pid of gateway.workers()) process.kill(pid, signal);
    },
    sql: (text) => query(database, text),
    stop: async () => {
      await gateway.stop();
      await Promise.all([katello.close(), pulp.close()]);
    },
  };
}
