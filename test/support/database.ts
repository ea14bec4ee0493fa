/** Databases for tests: a fresh copy of the migrated template each, or an empty one. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { withDatabase } from "../../src/settings/connection-string.ts";

const template = (): string => process.env.TEST_DATABASE_URL ?? "";

/** Runs SQL on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** One connection for all databases of a file of tests: a new one takes a third of the time of a database. */
function openCreator(): pg.Pool {
  const pool = new pg.Pool({
    connectionString: withDatabase(template(), "postgres"),
    max: 1,
    idleTimeoutMillis: 1_000,
    allowExitOnIdle: true,
  });
  return pool.on("error", () => undefined);
}

let creator: pg.Pool | undefined;

/** Creates a database for one test, and returns its connection URL. */
export async function createDatabase(
  from: "template_gateway" | "template0" = "template_gateway",
): Promise<string> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  // Copied as files, for the log of the changes would be written and read for nothing.
  creator ??= openCreator();
  await creator.query(`CREATE DATABASE ${name} TEMPLATE ${from} STRATEGY file_copy`);
  return withDatabase(template(), name);
}
