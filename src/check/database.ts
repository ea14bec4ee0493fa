/** Checks PostgreSQL: connection, schema, change feed. */
import { NoWritableHost } from "../database/errors.ts";
import { type Inspection, inspectDatabase } from "../database/inspection.ts";
import { errorCode, errorText } from "../model/error-text.ts";
import type { Settings } from "../settings/keys.ts";
import { error, ok, type Result, type SettingName, warning } from "./finding.ts";

const SUBJECT = "PostgreSQL";

/** Problem of a connection, and what to do about it. */
export type Explanation = readonly [text: string, advice: string];

/** Explanations by the code of Node.js or PostgreSQL. */
const BY_CODE: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: ["it refuses the connection", "start PostgreSQL, or correct the host and port"],
  ENOENT: ["there is no unix socket of PostgreSQL", "start PostgreSQL, or name its socket's folder as host"],
  EACCES: ["the account may not open PostgreSQL's unix socket", "run this command as the gateway's account"],
  ENOTFOUND: ["the name of its host is unknown", "correct the host"],
  EAI_AGAIN: ["the name of its host can't be looked up", "correct the host, or see /etc/resolv.conf"],
  ETIMEDOUT: ["no connection in time", "open the port in the firewalls, or correct the host"],
  "28P01": ["it refuses the password", "correct the password, or set it with ALTER ROLE"],
  "28000": [
    "it does not let this role and account in",
    "run this command as the gateway's account, or allow the role in pg_hba.conf",
  ],
  "53300": ["it has no connection left", "raise max_connections of PostgreSQL, or lower db_max_connections"],
  "57P03": ["it is starting up or shutting down", "run this command again"],
  "3D000": ["there is no such database", "create it with the gateway's role as its owner"],
};

const TLS_CODE = /SELF_SIGNED|UNABLE_TO|CERT_|ALTNAME/;

/** Explains why a database can't be used. */
export function explain(cause: unknown): Explanation {
  const code = errorCode(cause);
  const known = BY_CODE[code];
  const text = errorText(cause);
  if (known !== undefined) return [`${known[0]} (${text})`, known[1]];
  if (TLS_CODE.test(code))
    return [
      "its certificate is not accepted",
      "name its CA as sslrootcert, and connect to a host of the certificate, in the URL",
    ];
  if (/timeout/i.test(text) && !(cause instanceof NoWritableHost)) return BY_CODE.ETIMEDOUT ?? [text, ""];
  if (/does not support SSL/i.test(text))
    return ["it does not accept TLS, which sslmode requires", "enable TLS in PostgreSQL, or change sslmode"];
  // Errors of the inspection itself end with their advice.
  const [problem = text, ...advice] = text.split(": ");
  return [problem, advice.join(": ")];
}

function judge(setting: SettingName, { text, isOutdated, writers }: Inspection): Result[] {
  const schema = isOutdated
    ? warning(setting, SUBJECT, text, "back up the database before: migrations can't be undone")
    : ok(setting, SUBJECT, text);
  return [schema, ...writers.map((name) => judgeWriter(setting, name))];
}

const judgeWriter = (setting: SettingName, name: string): Result =>
  warning(
    setting,
    SUBJECT,
    `another role may change the gateway's tables: ${name}`,
    `REVOKE its privileges on them, or CONNECT on the database, unless ${name} needs them; the plugin must not use this database`,
  );

/** Checks the database, or the settings of the embedded one. */
export async function checkDatabase(settings: Settings): Promise<Result[]> {
  const setting = settings.db_connection_string === undefined ? "data_dir" : "db_connection_string";
  try {
    return judge(setting, await inspectDatabase(settings));
  } catch (cause) {
    const [text, advice] = explain(cause);
    const named = /db_listen_connection_string/.test(advice) ? "db_listen_connection_string" : setting;
    return [
      error(named, SUBJECT, text, advice === "" ? `correct ${setting}, or see PostgreSQL's log` : advice),
    ];
  }
}
