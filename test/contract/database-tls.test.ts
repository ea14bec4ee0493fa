/** Connection URLs mean what they mean to libpq: with a PostgreSQL that requires TLS, and with one that has none. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, writeFileSync } from "node:fs";
import { chmod, chown, mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { EmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { accountForRoot, reachablePrograms } from "../../src/database/embedded/programs.ts";
import { withEncryption } from "../../src/database/encryption.ts";
import { inspectDatabase } from "../../src/database/inspection.ts";
import { migrateDatabase } from "../../src/database/preparation.ts";
import { query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { openStorage } from "../support/storage.ts";

let folder = "";
let server: EmbeddedPostgres;
let port = 0;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Runs `pg_ctl`: the embedded server never listens on TCP. */
async function control(...args: string[]): Promise<void> {
  const account = accountForRoot();
  const program = join(await reachablePrograms(folder, account), "pg_ctl");
  await promisify(execFile)(program, [...args, "-w", "-s", "-D", inCluster("")], { cwd: "/", ...account });
}

const inCluster = (name: string): string => join(folder, "postgresql", name);

/** @param kind type of the line in pg_hba.conf: accepted connections */
async function letIn(kind: "host" | "hostssl", tls: "on" | "off"): Promise<void> {
  writeFileSync(inCluster("pg_hba.conf"), `${kind} all all 127.0.0.1/32 trust\n`);
  appendFileSync(inCluster("postgresql.auto.conf"), `ssl = ${tls}\n`);
  if (await server.isRunning()) await query(await withEncryption(urlOf()), "SELECT pg_reload_conf()");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cgw-tls-"));
  await chmod(folder, 0o755);
  server = await EmbeddedPostgres.at(folder);
  port = await freePort();
  appendFileSync(
    inCluster("postgresql.auto.conf"),
    `listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nport = ${port}\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n`,
  );
  const { uid, gid } = await stat(inCluster("postgresql.conf"));
  for (const name of ["server.crt", "server.key"]) {
    copyFileSync(join(testFolder(), name), inCluster(name));
    await chown(inCluster(name), uid, gid);
    await chmod(inCluster(name), 0o600);
  }
  await letIn("hostssl", "on");
  await control("start", "-l", inCluster("server.log"));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const urlOf = (parameters = "", database = "postgres") =>
  `postgresql://gateway@127.0.0.1:${port}/${database}${parameters}`;
const authority = (): string => `sslrootcert=${encodeURIComponent(join(testFolder(), "ca.crt"))}`;

/** True if a connection by this URL is encrypted. */
async function isEncrypted(url: string): Promise<boolean | undefined> {
  const statement = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  return (await query<{ ssl: boolean }>(await withEncryption(url), statement))[0]?.ssl;
}

describe("a PostgreSQL that requires TLS", () => {
  test.each(["", "?sslmode=prefer", "?sslmode=allow", "?sslmode=require"])(
    "accepts %j, with a certificate of any CA",
    async (parameters) => {
      expect(await isEncrypted(urlOf(parameters))).toBe(true);
    },
  );

  test.each(["require", "verify-ca", "verify-full"])(
    "is verified with sslmode=%s and a CA file",
    async (mode) => {
      expect(await isEncrypted(urlOf(`?sslmode=${mode}&${authority()}`))).toBe(true);
      const other = authority().replace("ca.crt", "consumers.crt");
      await expect(isEncrypted(urlOf(`?sslmode=${mode}&${other}`))).rejects.toThrow("certificate");
    },
  );

  test("is rejected with sslmode=verify-full if its CA is unknown", async () => {
    await expect(isEncrypted(urlOf("?sslmode=verify-full"))).rejects.toThrow("certificate");
  });

  test("rejects sslmode=disable", async () => {
    await expect(isEncrypted(urlOf("?sslmode=disable"))).rejects.toThrow("no encryption");
  });

  test("can be migrated, inspected, queried and listened to", async () => {
    const db_connection_string = urlOf("", "container_gateway");
    await migrateDatabase({ db_connection_string, data_dir: "/nowhere", db_start_timeout: 0 });
    expect((await inspectDatabase({ db_connection_string, data_dir: "/nowhere" })).text).toMatch(
      "PostgreSQL 18",
    );
    const caches = await openStorage(db_connection_string, { db_max_connections: 3 });
    try {
      expect(await caches.repositories.visible(undefined)).toEqual([]);
      await eventually("changes are heard", () => caches.changes.connected);
    } finally {
      await caches.close();
    }
  });
});

describe("a PostgreSQL without TLS", () => {
  beforeAll(() => letIn("host", "off"));

  test.each(["", "?sslmode=prefer", "?sslmode=disable"])("accepts %j", async (parameters) => {
    expect(await isEncrypted(urlOf(parameters))).toBe(false);
  });

  test("is rejected with sslmode=require", async () => {
    await expect(isEncrypted(urlOf("?sslmode=require"))).rejects.toThrow("does not support SSL");
  });
});
