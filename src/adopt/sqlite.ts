/** Data of a plugin that stores it in SQLite. */
import { existsSync } from "node:fs";
import {
  PLUGIN_TABLE_NAMES,
  PLUGIN_TABLES,
  type PluginData,
  type PluginTable,
} from "../database/plugin-data.ts";
import { StartupError } from "../model/startup-error.ts";

/** The part of node:sqlite that is used here. */
interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options: { readonly readOnly: boolean },
  ) => {
    prepare(sql: string): { all(...values: readonly string[]): readonly Readonly<Record<string, unknown>>[] };
    close(): void;
  };
}

/** SQLite is part of Node.js since 22.13. */
async function loadSqlite(): Promise<SqliteModule> {
  const name = "node:sqlite";
  try {
    return await import(name);
  } catch {
    throw new StartupError(
      `the plugin's data is in SQLite, which Node.js ${process.versions.node} can't read: run this command with Node.js 22.13 or later`,
    );
  }
}

/** SQLite has no booleans. The plugin's library writes 1 and 0, earlier versions of it t and f. */
const plainValue = (column: string, value: unknown): unknown =>
  column === "auth_required" ? value === 1 || value === 1n || value === "t" || value === "1" : value;

/**
 * Reads the plugin's data.
 * @throws StartupError if there is no such file, or this Node.js can't read it
 */
export async function readSqlite(path: string): Promise<PluginData> {
  if (!existsSync(path))
    throw new StartupError(
      `the plugin's database ${path} (sqlite_db_path) does not exist: correct sqlite_db_path in the plugin's settings`,
    );
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const data = new Map<PluginTable, unknown[][]>();
    for (const table of PLUGIN_TABLE_NAMES) {
      const [found] = database
        .prepare("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?")
        .all(table);
      const columns: readonly string[] = PLUGIN_TABLES[table];
      const rows =
        found === undefined ? [] : database.prepare(`SELECT ${columns.join(", ")} FROM ${table}`).all();
      data.set(
        table,
        rows.map((row) => columns.map((column) => plainValue(column, row[column]))),
      );
    }
    return data;
  } finally {
    database.close();
  }
}
