/** Finds roles of PostgreSQL, beside the gateway's, that may change its tables, such as the plugin's. */
import { TABLE_NAMES } from "./schema.ts";

/** Runs a query. */
type Query = <Row>(sql: string, values: unknown[]) => Promise<readonly Row[]>;

/**
 * Roles that can log in, may connect to this database and may change a table of the gateway. Superusers and members of
 * pg_write_all_data may change everything anyway.
 */
const WRITERS = `
  SELECT r.rolname::text AS name FROM pg_roles r
   WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> current_user
     AND has_database_privilege(r.oid, current_database(), 'CONNECT')
     AND has_schema_privilege(r.oid, current_schema(), 'USAGE')
     AND NOT coalesce(pg_has_role(r.oid, to_regrole('pg_write_all_data'), 'USAGE'), false)
     AND EXISTS (SELECT FROM pg_class c
                  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY ($1)
                    AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
   ORDER BY r.rolname`;

/** Lists the names of these roles. */
export async function foreignWriters(query: Query): Promise<string[]> {
  const rows = await query<{ name: string }>(WRITERS, [TABLE_NAMES]);
  return rows.map(({ name }) => name);
}
