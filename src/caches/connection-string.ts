/** libpq connection URLs, made plain for the driver, which fills gaps in another way than libpq does. */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";

const SOCKET_FOLDERS = ["/var/run/postgresql", "/tmp"];

/**
 * The same database as libpq would reach: without a host the unix socket, without a user the one who runs the process.
 * @throws TypeError if `text` is no URL
 */
export function plainConnectionString(text: string): string {
  // `postgresql://user@/name` is good for libpq and no URL for anybody else.
  const [, user] = /^[a-z]+:\/\/([^/?#:@]*)@(?=[/?]|$)/.exec(text) ?? [];
  const url = new URL(user === undefined ? text : text.replace(`//${user}@`, "//"));
  if (user !== undefined) url.searchParams.set("user", decodeURIComponent(user));
  if (url.hostname === "" && !url.searchParams.has("host")) {
    const folder = process.env.PGHOST ?? SOCKET_FOLDERS.find((candidate) => existsSync(candidate));
    if (folder !== undefined) url.searchParams.set("host", folder);
  }
  if (url.username === "" && !url.searchParams.has("user")) {
    url.searchParams.set("user", process.env.PGUSER ?? userInfo().username);
  }
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
