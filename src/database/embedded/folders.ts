/** Folders of the embedded PostgreSQL, closed to every account but the gateway's and the server's. */
import { chmod, chown, lstat, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import type { Account } from "./programs.ts";

/** The folder of the socket. Its name is short because the path of a unix socket has 107 bytes at most. */
export const socketFolder = (dataDir: string): string => join(dataDir, "s");

/** The folder of PostgreSQL's own files. */
export const clusterFolder = (dataDir: string): string => join(dataDir, "postgresql");

/** Makes a folder of mode 0700 unless it exists; resolves to whether it made one. */
async function make(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return false;
  }
}

/**
 * Makes `data_dir`, or closes the one that exists. Where root runs the gateway the folder is root's, and the server's
 * account passes through it as its group: what that account can't write, it can't turn into links that root follows.
 * @throws StartupError if it belongs to somebody else
 */
async function closeDataDir(dataDir: string, account: Account | undefined): Promise<void> {
  await mkdir(dirname(dataDir), { recursive: true });
  await make(dataDir);
  const { uid } = await stat(dataDir);
  if (![process.getuid?.(), account?.uid].includes(uid))
    throw new StartupError(`${dataDir} (data_dir) belongs to another account (user id ${uid})`);
  if (account !== undefined) await chown(dataDir, 0, account.gid);
  await chmod(dataDir, account === undefined ? 0o700 : 0o710);
}

/** Makes or closes the folder of the socket. */
async function closeSocketFolder(path: string, account: Account | undefined): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() === false) await rm(path);
  await make(path);
  if (account !== undefined) await chown(path, account.uid, account.gid);
  await chmod(path, 0o700);
}

/**
 * Makes the folders of a data directory that do not exist, and closes those that do.
 * @throws StartupError if the data directory belongs to another account
 */
export async function closeFolders(dataDir: string, account: Account | undefined): Promise<void> {
  await closeDataDir(dataDir, account);
  await closeSocketFolder(socketFolder(dataDir), account);
  const cluster = clusterFolder(dataDir);
  if ((await make(cluster)) && account !== undefined) await chown(cluster, account.uid, account.gid);
}
