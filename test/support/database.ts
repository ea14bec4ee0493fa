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

/** Creates a database for one test, and returns its connection URL. */
export async function createDatabase(
  from: "template_gateway" | "template0" = "template_gateway",
): Promise<string> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  await query(withDatabase(template(), "postgres"), `CREATE DATABASE ${name} TEMPLATE ${from}`);
  return withDatabase(template(), name);
}
