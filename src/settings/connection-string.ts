/** libpq connection URLs, made plain for the driver, which fills gaps in another way than libpq does. */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";

const SOCKET_FOLDERS = ["/var/run/postgresql", "/tmp"];

/**
 * The same database as libpq would reach: what the URL leaves out is what the environment says, the unix socket, and the
 * user who runs the process.
 * @throws TypeError if `text` is no URL
 */
export function plainConnectionString(text: string): string {
  // `postgresql://user@/name` is good for libpq and no URL for anybody else.
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

/** The name of the database in a connection URL. */
export const databaseName = (text: string): string => decodeURIComponent(new URL(text).pathname.slice(1));

/** The same server's database of another name. */
export function withDatabase(text: string, name: string): string {
  const url = new URL(text);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}
