/** A gateway with the embedded PostgreSQL, run by the commands. */
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withClient } from "../../src/database/client.ts";
import { EmbeddedPostgres, embeddedUrl } from "../../src/database/embedded/embedded.ts";
import { EMBEDDED_DATABASE, EMBEDDED_ROLE, SUPERUSER } from "../../src/database/embedded/roles.ts";
import { openDatabase } from "../../src/database/index.ts";
import { errorText } from "../../src/model/error-text.ts";
import { readinessAt } from "../support/calls.ts";
import { startCommand } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";
import { settingsFor, startTestGateway, type TestGateway, writeSettings } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";

let world: TestGateway;
let folder = "";
let config = "";
beforeAll(async () => {
  world = await startTestGateway();
  folder = await mkdtemp(join(tmpdir(), "cgw-own-"));
  await chmod(folder, 0o755);
  config = own();
});
const gateways = new Set<GatewayProcess>();
afterAll(async () => {
  for (const gateway of gateways) await gateway.stop();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

function own(more: Record<string, unknown> = {}): string {
  const elsewhere = settingsFor(world.katello.origin, world.pulp.origin, "", `${world.socket}.own`);
  const settings = {
    ...elsewhere,
    db_connection_string: undefined,
    data_dir: join(folder, "data"),
    serve_before_first_sync: true,
  };
  return writeSettings({ ...settings, ...more });
}

/** PostgreSQL removes the file when it exits. */
const pidFile = (): string => join(folder, "data", "postgresql", "postmaster.pid");
const isRunning = (): boolean => existsSync(pidFile());

async function migrate(): Promise<void> {
  const { ended, said } = startCommand("migrate", "--config", config);
  expect([await ended, said()]).toEqual([0, "the database is up to date\n"]);
}

async function serve(more: Record<string, unknown> = {}) {
  const gateway = await startGatewayProcess({ config: own(more) });
  const url = gateway.addresses.find((address) => address.startsWith("http:"));
  gateways.add(gateway);
  return { ...gateway, status: () => readinessAt(url ?? "") };
}

describe("the embedded PostgreSQL", () => {
  test("is created by migrate, and stops with it", async () => {
    await migrate();
    expect(isRunning()).toBe(false);
  });

  test("keeps running beside migrate and after a crash, and stops with the gateway", async () => {
    const first = await serve();
    await migrate();
    expect(isRunning()).toBe(true);
    expect(await first.status()).toBe(200);
    await first.kill();
    expect(isRunning()).toBe(true);
    const second = await serve();
    expect(await second.status()).toBe(200);
    await second.stop();
    expect(isRunning()).toBe(false);
  });

  test.each([1, 2])(
    "goes on when another gateway finds its port in use, with %d workers",
    async (workers) => {
      const { addresses, status, stop } = await serve({ workers });
      const http = addresses.find((address) => address.startsWith("http:")) ?? "";
      const { ended, said } = startCommand(
        "serve",
        "--config",
        own({ workers, listen: [http], admin_listen: "off" }),
      );
      expect(await ended).toBe(1);
      expect(said()).toMatch("EADDRINUSE");
      expect(isRunning()).toBe(true);
      expect(await status()).toBe(200);
      await stop();
    },
  );

  test.each([1, 2])("is restarted after SIGKILL, with %d workers", async (workers) => {
    const { status, said, stop } = await serve({ workers, outage_grace: 0 });
    expect(await status()).toBe(200);
    process.kill(Number.parseInt(readFileSync(pidFile(), "utf8"), 10), "SIGKILL");
    await eventually("it is missed", async () => (await status()) === 503);
    await eventually("it is back", async () => (await status()) === 200);
    const told = "embedded PostgreSQL restarted after it had exited";
    await eventually("it is told", () => said().includes(told));
    await stop();
    expect(isRunning()).toBe(false);
  });
});

test("a worker waits while its primary sets up the role and the database", async () => {
  const data_dir = join(folder, "slow");
  const server = await EmbeddedPostgres.at(data_dir);
  let reports = "";
  const database = openDatabase(
    {
      db_connection_string: embeddedUrl(data_dir, EMBEDDED_DATABASE),
      db_listen_connection_string: undefined,
      data_dir,
      db_max_connections: 2,
      db_pool_timeout: 5,
      db_start_timeout: 60,
      outage_grace: 0,
    },
    (text, error) => {
      reports += `${text} ${errorText(error)}\n`;
    },
  );
  try {
    await server.start();
    const started = database.start();
    await eventually("it has missed the role", () =>
      reports.includes(`role "${EMBEDDED_ROLE}" does not exist`),
    );
    await withClient(embeddedUrl(data_dir, "postgres", SUPERUSER), (client) =>
      client.query(`CREATE ROLE ${EMBEDDED_ROLE} LOGIN`),
    );
    await eventually("it has missed the database", () =>
      reports.includes("does not exist and can't be created"),
    );
    await server.ensure();
    await started;
    expect(await database.pool.one("SELECT count(*)::int AS users FROM users")).toEqual({ users: 0 });
  } finally {
    await database.close();
    await server.stop();
  }
});
