/** Error texts for unknown settings. */
import { KEYS } from "./keys.ts";

/** Settings of the Smart Proxy and its plugin that the gateway does not have, with advice. */
const RETIRED: Readonly<Record<string, string>> = {
  enabled: "the gateway is a separate service and is always enabled: remove this line",
  sqlite_db_path: "SQLite is not supported: remove this line, or set db_connection_string",
  sqlite_timeout: "SQLite is not supported: remove this line",
  db_migrate: "migrations run automatically: remove this line",
  https_port: "use listen, such as https://0.0.0.0:9443",
  http_port: "use listen, such as http://127.0.0.1:9080",
  bind_host: "use listen, with the address before the port: https://0.0.0.0:9443",
};

/** Levenshtein distance of two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Explains why a key is refused, and suggests the one that was probably meant. */
export function explainUnknown(key: string): string {
  const retired = RETIRED[key];
  if (retired !== undefined) return retired;
  const [nearest] = Object.keys(KEYS).sort((a, b) => distance(key, a) - distance(key, b));
  const hint = nearest !== undefined && distance(key, nearest) <= 3 ? `; did you mean ${nearest}?` : "";
  return `there is no such setting${hint}`;
}
