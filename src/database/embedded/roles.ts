/** Roles of the embedded PostgreSQL: a superuser for its setup, and an unprivileged one for the gateways. */
import { userInfo } from "node:os";
import { withClient } from "../client.ts";

/** The gateways' database. */
export const EMBEDDED_DATABASE = "container_gateway";
/** The role of the gateways. It owns the database and is no superuser. */
export const EMBEDDED_ROLE = "container_gateway";
/** The superuser, which sets up the database and its role. */
export const SUPERUSER = "gateway";

/** Key of the advisory lock, which must be the same in all gateways. */
const LOCK_ID = 7_226_319_846;

/**
 * Returns the authentication files by name. They accept only the account that runs the gateway, without a password: the
 * kernel tells PostgreSQL its name (peer authentication).
 */
export function authenticationFiles(): ReadonlyMap<string, string> {
  const account = `"${userInfo().username}"`;
  return new Map([
    ["pg_hba.conf", `local all ${SUPERUSER},${EMBEDDED_ROLE} peer map=gateway\n`],
    ["pg_ident.conf", `gateway ${account} ${SUPERUSER}\ngateway ${account} ${EMBEDDED_ROLE}\n`],
  ]);
}

const MAKE_ROLE = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${EMBEDDED_ROLE}') THEN
    CREATE ROLE ${EMBEDDED_ROLE};
  END IF;
  ALTER ROLE ${EMBEDDED_ROLE} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
END $$`;

/** Gives the role the tables and sequences of an older version, which worked as the superuser. An owned sequence follows its table. */
const TAKE_OVER = `DO $$ DECLARE found record; BEGIN
  FOR found IN
    SELECT oid::regclass AS name, relkind FROM pg_class
    WHERE relowner = '${SUPERUSER}'::regrole AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND relnamespace = 'public'::regnamespace
      AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND pg_class.relkind = 'S'
          AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
      )
  LOOP
    EXECUTE format('ALTER %s %s OWNER TO ${EMBEDDED_ROLE}',
      CASE found.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
      found.name);
  END LOOP;
END $$`;

/**
 * Creates the gateways' role and database, and gives the role what an older version created as the superuser. Safe to call
 * from several gateways at once.
 * @param connect returns the URL of a database for the superuser
 */
export async function setUpRole(connect: (database: string) => string): Promise<void> {
  await withClient(connect("postgres"), async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [LOCK_ID]);
    await client.query(MAKE_ROLE);
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [
      EMBEDDED_DATABASE,
    ]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${EMBEDDED_DATABASE} OWNER ${EMBEDDED_ROLE}`);
    else await client.query(`ALTER DATABASE ${EMBEDDED_DATABASE} OWNER TO ${EMBEDDED_ROLE}`);
    await withClient(connect(EMBEDDED_DATABASE), (database) => database.query(TAKE_OVER));
  });
}
