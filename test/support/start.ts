/** Global setup: one embedded PostgreSQL with a migrated template database, and one set of certificates. */
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdtempSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { EMBEDDED_ROLE, SUPERUSER } from "../../src/database/embedded/roles.ts";
import { runMigrations } from "../../src/database/migrations.ts";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { query } from "./database.ts";

const BUILD = fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url));

/** Space that a run needs: most of it for several hundred databases. */
const NEEDED_BYTES = 8 * 1024 ** 3;
const MEMORY = "/dev/shm";

/** Folder for a run: in memory if there is room, because databases are copied and removed much faster there. */
function scratch(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > NEEDED_BYTES ? MEMORY : tmpdir();
}

export default async function start(): Promise<void> {
  // The tests of the commands run the build: from its sources each would take two seconds more to start.
  execFileSync(process.execPath, [BUILD, "--if-stale"], { stdio: "inherit" });
  const folder = mkdtempSync(join(scratch(), "cgw-test-"));
  chmodSync(folder, 0o755);
  const { ca, consumers, ...pairs } = await makeCertificates();
  writeFileSync(join(folder, "ca.crt"), ca);
  writeFileSync(join(folder, "consumers.crt"), consumers);
  for (const [name, { cert, key }] of Object.entries(pairs)) {
    writeFileSync(join(folder, `${name}.crt`), cert);
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
  }
  const postgres = await startEmbeddedPostgres(join(folder, "data"));
  const asSuperuser = (sql: string) => query(postgres.connectionString("postgres", SUPERUSER), sql);
  // Tests create databases and roles, and connect as those.
  await asSuperuser(`ALTER ROLE ${EMBEDDED_ROLE} CREATEDB CREATEROLE`);
  await asSuperuser(`ALTER ROLE ${EMBEDDED_ROLE} SET createrole_self_grant = 'set, inherit'`);
  const inCluster = (name: string) => join(folder, "data", "postgresql", name);
  appendFileSync(
    inCluster("pg_hba.conf"),
    "local all with_password scram-sha-256\nlocal all all peer map=tests\n",
  );
  appendFileSync(inCluster("pg_ident.conf"), `tests "${userInfo().username}" all\n`);
  await asSuperuser("CREATE ROLE with_password LOGIN PASSWORD 'right-4c'");
  await runMigrations(postgres.connectionString("template_gateway"));
  // The data needs no durability, and no vacuum: with hundreds of databases PostgreSQL would start one several times a second.
  for (const setting of ["fsync", "full_page_writes", "synchronous_commit", "autovacuum", "jit"])
    await asSuperuser(`ALTER SYSTEM SET ${setting} = off`);
  await asSuperuser("SELECT pg_reload_conf()");
  // Leaves a file of PostgreSQL's caches in the template, which saves a third of the first session of each of its copies.
  await query(postgres.connectionString("template_gateway"), "SELECT");
  process.env.TEST_FOLDER = folder;
  process.env.TEST_DATABASE_URL = postgres.connectionString("template_gateway");
  globalThis.stopTestDatabase = () => postgres.stop();
}

declare global {
  var stopTestDatabase: (() => Promise<void>) | undefined;
}
