/** Before all tests: one embedded PostgreSQL with a migrated template database, and one set of certificates. */
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../src/caches/embedded.ts";
import { runMigrations } from "../../src/caches/migrations.ts";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { query } from "./database.ts";

export default async function start(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cgw-test-"));
  chmodSync(folder, 0o755);
  const { ca, consumers, ...pairs } = await makeCertificates();
  writeFileSync(join(folder, "ca.crt"), ca);
  writeFileSync(join(folder, "consumers.crt"), consumers);
  for (const [name, { cert, key }] of Object.entries(pairs)) {
    writeFileSync(join(folder, `${name}.crt`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
  }
  const postgres = await startEmbeddedPostgres(join(folder, "data"));
  await runMigrations(postgres.connectionString("template_gateway"));
  // Nothing here is to outlive the machine.
  for (const setting of ["fsync", "full_page_writes", "synchronous_commit"]) {
    await query(postgres.connectionString("template_gateway"), `ALTER SYSTEM SET ${setting} = off`);
  }
  await query(postgres.connectionString("template_gateway"), "SELECT pg_reload_conf()");
  process.env.TEST_FOLDER = folder;
  process.env.TEST_DATABASE_URL = postgres.connectionString("template_gateway");
  globalThis.stopTestDatabase = () => postgres.stop();
}

declare global {
  var stopTestDatabase: (() => Promise<void>) | undefined;
}
