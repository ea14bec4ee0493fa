/** Completes libpq connection URLs for the driver, whose defaults differ from libpq's. */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";

const SOCKET_FOLDERS = ["/var/run/postgresql", "/tmp"];

/**
 * Fills in the parts that the URL leaves out with libpq's defaults: the environment, the unix socket, and the user who runs
 * the process.
 * @throws TypeError if `text` is no URL
 */
export function plainConnectionString(text: string): string {
  // libpq accepts `postgresql://user@/name`, which is no valid URL.
  const [, user] = /^[a-z]+:\/\/([^/?#:@]*)@(?=[/?]|$)/.exec(text) ?? [];
  const url = new URL(user === undefined ? text : text.replace(`//${user}@`, "//"));
  if (user !== undefined) url.searchParams.set("user", decodeURIComponent(user));
  const { PGHOST, PGPORT, PGUSER, PGSSLMODE } = process.env;
  const fill = (name: string, given: string, value: string | undefined): void => {
    if (given === "" && value !== undefined && !url.searchParams.has(name)) url.searchParams.set(name, value);
  };
  fill("host", url.hostname, PGHOST ?? SOCKET_FOLDERS.find((candidate) => existsSync(candidate)));
  fill("port", url.port, PGPORT);
  fill("user", url.username, PGUSER ?? userInfo().username);
  fill("sslmode", "", PGSSLMODE);
  return url.href;
}

/** Name of the database in a connection URL. */
export const databaseName = (text: string): string => decodeURIComponent(new URL(text).pathname.slice(1));

/** Connection URL of another database of the same server. */
export function withDatabase(text: string, name: string): string {
  const url = new URL(text);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}
