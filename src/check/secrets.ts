/** Checks that no other account may read private keys and passwords. */
import type { Settings } from "../settings/keys.ts";
import { allFiles } from "../settings/values.ts";
import { statsOf } from "./files.ts";
import { ok, type PlaceOf, type Result, warning } from "./finding.ts";

const KEYS = ["ssl_private_key", "foreman_ssl_key", "pulp_client_ssl_key"] as const;
const READABLE_BY_OTHERS = 0o004;

async function checkKey(setting: (typeof KEYS)[number], path: string): Promise<Result> {
  const mode = (await statsOf(path))?.mode ?? 0;
  const subject = `${setting} ${path}`;
  if ((mode & READABLE_BY_OTHERS) === 0) return ok(setting, subject, "no other account may read it");
  const text = "every account of this machine may read the private key";
  return warning(setting, subject, text, `chmod o= ${path}`);
}

/** Checks that no other account may read the private keys. */
async function checkKeys(settings: Settings): Promise<Result[]> {
  const results: Result[] = [];
  for (const setting of KEYS) {
    if (setting === "pulp_client_ssl_key" && settings[setting]?.path === settings.foreman_ssl_key?.path)
      continue;
    for (const { path } of allFiles(settings[setting])) results.push(await checkKey(setting, path));
  }
  return results;
}

/** Checks that no other account may read the password of the database in the settings file. */
async function checkPassword({ db_connection_string: url }: Settings, placeOf: PlaceOf): Promise<Result[]> {
  if (url === undefined || new URL(url).password === "") return [];
  const [, path] = /^(.*):\d+$/.exec(placeOf("db_connection_string")) ?? [];
  const mode = path === undefined ? 0 : ((await statsOf(path))?.mode ?? 0);
  if ((mode & READABLE_BY_OTHERS) === 0) return [];
  const text = "every account of this machine may read the settings file, which contains a password";
  return [warning("db_connection_string", `settings ${path}`, text, `chmod o= ${path}`)];
}

/** Checks the files that contain secrets. */
export const checkSecrets = async (settings: Settings, placeOf: PlaceOf): Promise<Result[]> => [
  ...(await checkKeys(settings)),
  ...(await checkPassword(settings, placeOf)),
];
