/** What to say about a setting that doesn't exist. */
import { KEYS } from "./keys.ts";

/** Keys of the Smart Proxy and of its plugin that have no meaning here, and what to do about them. */
const RETIRED: Readonly<Record<string, string>> = {
  enabled: "the gateway is a service of its own and needs no enabling: take the line out",
  sqlite_db_path: "SQLite is not used: take the line out, or set db_connection_string",
  sqlite_timeout: "SQLite is not used: take the line out",
  db_migrate: "migrations run by themselves: take the line out",
  https_port: "write it in listen, such as https://0.0.0.0:9443",
  http_port: "write it in listen, such as http://127.0.0.1:9080",
  bind_host: "write it in listen, before the port: https://0.0.0.0:9443",
};

/** How many letters have to change to make one word of another. */
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

/** Why a key is refused, and what was probably meant. */
export function explainUnknown(key: string): string {
  const retired = RETIRED[key];
  if (retired !== undefined) return retired;
  const [nearest] = Object.keys(KEYS).sort((a, b) => distance(key, a) - distance(key, b));
  const hint = nearest !== undefined && distance(key, nearest) <= 3 ? `; did you mean ${nearest}?` : "";
  return `there is no such setting${hint}`;
}
