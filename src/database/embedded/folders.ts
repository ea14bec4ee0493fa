/** Folders of the embedded PostgreSQL, closed to every account but the gateway's and the server's. */
import { chmod, chown, lstat, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import type { Account } from "./programs.ts";

/** Returns the folder of the socket. Its name is short because the path of a unix socket has at most 107 bytes. */
export const socketFolder = (dataDir: string): string => join(dataDir, "s");

/** Returns the folder of PostgreSQL's own files. */
export const clusterFolder = (dataDir: string): string => join(dataDir, "postgresql");

/** Creates a folder of mode 0700; resolves to false if it exists. */
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
 * Creates `data_dir`, or closes an existing one to other accounts. If root runs the gateway, root owns the folder and the
 * server's account enters it as its group. That account can't write there, so it can't plant symbolic links that root follows.
 * @throws StartupError if it belongs to another account
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

/** Creates the folder of the socket, or closes it to other accounts. */
async function closeSocketFolder(path: string, account: Account | undefined): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() === false) await rm(path);
  await make(path);
  if (account !== undefined) await chown(path, account.uid, account.gid);
  await chmod(path, 0o700);
}

/**
 * Creates the folders of a data directory, or closes existing ones to other accounts.
 * @throws StartupError if the data directory belongs to another account
 */
export async function closeFolders(dataDir: string, account: Account | undefined): Promise<void> {
  await closeDataDir(dataDir, account);
  await closeSocketFolder(socketFolder(dataDir), account);
  const cluster = clusterFolder(dataDir);
  if ((await make(cluster)) && account !== undefined) await chown(cluster, account.uid, account.gid);
}
