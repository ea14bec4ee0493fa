/** The embedded PostgreSQL is closed to other accounts of the machine, also one that an older version left open. */
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/database/embedded/embedded.ts";
import { accountForRoot, reachablePrograms } from "../../src/database/embedded/programs.ts";
import { EMBEDDED_DATABASE, EMBEDDED_ROLE, SUPERUSER } from "../../src/database/embedded/roles.ts";
import { runMigrations } from "../../src/database/migrations.ts";
import { prepareDatabase } from "../../src/database/preparation.ts";
import { query } from "../support/database.ts";
import { settingsFor, writeSettings } from "../support/gateway.ts";
import { startGatewayProcess } from "../support/gateway-process.ts";

const account = accountForRoot();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Creates a folder that every account may enter. */
function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cgw-closed-"));
  folders.push(folder);
  chmodSync(folder, 0o755);
  return folder;
}

/** Connects to each path as a PostgreSQL client does, and prints how far it came. */
const INTRUDER = `
  const { connect } = require("node:net");
  const { accessSync, readdirSync } = require("node:fs");
  const [folder, ...roles] = process.argv.slice(1);
  const files = [folder, ...["s", "postgresql", "programs"].map((name) => folder + "/" + name)];
  for (const file of files) { try { readdirSync(file); console.log("reads", file); } catch {} }
  for (const name of ["s", ""]) for (const role of roles) {
    const text = "user\\0" + role + "\\0database\\0postgres\\0\\0";
    const hello = Buffer.alloc(8 + text.length, 0);
    hello.writeInt32BE(hello.length, 0);
    hello.writeInt32BE(196608, 4);
    hello.write(text, 8);
    const socket = connect(folder + "/" + name + "/.s.PGSQL.5432", () => socket.write(hello));
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      if (data[0] === 0x52 && data.readInt32BE(5) === 0) console.log("is let in as", role);
      else console.log("answered", role, String(data).includes("authentication failed") ? "refused" : "asked");
      socket.destroy();
    });
  }`;

/** Tries to access a data directory as another account. Needs root. */
function intrude(dataDir: string, uid: number): string {
  // The account may lack permission to execute Node.js where it is installed.
  const program = `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid}); ${INTRUDER}`;
  const args = ["-e", program, dataDir, SUPERUSER, EMBEDDED_ROLE];
  return execFileSync(process.execPath, args, { cwd: "/", encoding: "utf8" });
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

/** Expects that no file, socket or port is open to another account. */
async function expectClosed(dataDir: string, url: (role: string) => string): Promise<void> {
  expect(modeOf(dataDir) & 0o007).toBe(0);
  expect([modeOf(join(dataDir, "s")), modeOf(join(dataDir, "postgresql"))]).toEqual([0o700, 0o700]);
  expect(existsSync(join(dataDir, ".s.PGSQL.5432"))).toBe(false);
  expect(readFileSync(join(dataDir, "postgresql", "pg_hba.conf"), "utf8")).not.toMatch(/trust|host/);
  const [row] = await query(
    url(EMBEDDED_ROLE),
    `SELECT rolsuper, rolcreaterole, current_setting('listen_addresses') AS tcp,
       pg_get_userbyid(datdba)::text AS owner
     FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
  );
  expect(row).toEqual({ rolsuper: false, rolcreaterole: false, tcp: "", owner: EMBEDDED_ROLE });
  await expect(query(url(EMBEDDED_ROLE), "COPY pg_class FROM PROGRAM 'id'")).rejects.toThrow(
    "permission denied",
  );
  if (account === undefined) return;
  for (const uid of [65_534, 4_242]) expect(intrude(dataDir, uid)).toBe("");
  // PostgreSQL authenticates by account, even if the folders are open.
  for (const name of ["", "s", "s/.s.PGSQL.5432"]) chmodSync(join(dataDir, name), 0o777);
  try {
    expect(intrude(dataDir, 4_242)).not.toMatch("let in");
    expect(intrude(dataDir, 4_242)).toMatch(`answered ${SUPERUSER} refused`);
  } finally {
    for (const name of ["s/.s.PGSQL.5432", "s"]) chmodSync(join(dataDir, name), 0o700);
    chmodSync(dataDir, 0o710);
  }
}

const urlAt = (dataDir: string) => (role: string) =>
  `postgresql:///${EMBEDDED_DATABASE}?user=${role}&host=${encodeURIComponent(join(dataDir, "s"))}`;

test("serve closes an embedded PostgreSQL, whatever the mode of an existing folder", async () => {
  const data_dir = join(openFolder(), "it's, data");
  mkdirSync(data_dir, { mode: 0o755 });
  chmodSync(data_dir, 0o777);
  const elsewhere = settingsFor(
    "https://127.0.0.1:1",
    "https://127.0.0.1:1",
    "",
    join(data_dir, "..", "admin.sock"),
  );
  const config = writeSettings({ ...elsewhere, db_connection_string: undefined, data_dir });
  const gateway = await startGatewayProcess({ config });
  try {
    await expectClosed(data_dir, urlAt(data_dir));
  } finally {
    await gateway.stop();
  }
});

test("rejects a data directory of another account", async () => {
  if (account === undefined) return;
  const data_dir = join(openFolder(), "data");
  mkdirSync(data_dir);
  chownSync(data_dir, 4_242, 4_242);
  await expect(startEmbeddedPostgres(data_dir)).rejects.toThrow("belongs to another account");
});

describe("a data directory of an older version, open to all, with PostgreSQL running", () => {
  let dataDir = "";
  let postgres: EmbeddedPostgres;

  beforeAll(async () => {
    dataDir = join(openFolder(), "data");
    const cluster = join(dataDir, "postgresql");
    mkdirSync(cluster, { recursive: true });
    if (account !== undefined)
      for (const path of [dataDir, cluster]) chownSync(path, account.uid, account.gid);
    const programs = await reachablePrograms(dataDir, account);
    const run = (program: string, ...args: string[]) =>
      promisify(execFile)(join(programs, program), [...args, "-D", cluster], { cwd: "/", ...account });
    const locale = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
    await run("initdb", "-U", "gateway", "-A", "trust", "-N", ...locale);
    const settings = `listen_addresses = ''\nunix_socket_directories = '${dataDir}'\n`;
    await writeFile(join(cluster, "postgresql.auto.conf"), settings);
    await run("pg_ctl", "start", "-w", "-s", "-l", join(cluster, "server.log"));
    const url = `postgresql:///${EMBEDDED_DATABASE}?user=gateway&host=${encodeURIComponent(dataDir)}`;
    await runMigrations(url);
    await query(url, "INSERT INTO repositories (name, auth_required) VALUES ('org/app', true)");
    if (account !== undefined) expect(intrude(dataDir, 65_534)).toMatch("is let in as gateway");
    postgres = await startEmbeddedPostgres(dataDir);
  });
  afterAll(() => postgres.stop());

  test("is closed", () => expectClosed(dataDir, urlAt(dataDir)));

  test("keeps its data, which belongs to the gateway's role", async () => {
    const url = await prepareDatabase(postgres.connectionString(EMBEDDED_DATABASE), {
      setting: "data_dir",
      timeoutS: 0,
    });
    expect(await query(url, "SELECT name FROM repositories")).toEqual([{ name: "org/app" }]);
    await query(url, "ALTER TABLE repositories ADD COLUMN added integer");
    await query(url, "INSERT INTO repositories (name, auth_required) VALUES ('org/next', false)");
    const foreign =
      "SELECT relname FROM pg_class WHERE relowner <> current_user::regrole AND relnamespace = 'public'::regnamespace";
    expect(await query(url, foreign)).toEqual([]);
  });
});
