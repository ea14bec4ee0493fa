/** Accounts of the system: PostgreSQL knows them on its unix socket. */
import { execFileSync } from "node:child_process";
import { StartupError } from "../model/startup-error.ts";
import type { Owner } from "./settings-file.ts";

/** True if this process may act as another account. */
const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * Ids of an account, for files and programs; undefined without a name, and for a process that can't act as another account.
 * @throws StartupError for an unknown account
 */
export const actingAs = (name: string | undefined): Owner | undefined =>
  name === undefined || !isRoot() ? undefined : accountIds(name);

/** @throws StartupError for an unknown account */
function accountIds(name: string): Owner {
  const id = (flag: string) =>
    Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    throw new StartupError(`this machine has no account ${name}: name another one with --account`);
  }
}

/** Ids of all groups of an account. */
const groupsOf = (name: string): number[] =>
  execFileSync("id", ["-G", name], { encoding: "utf8" }).trim().split(" ").map(Number);

/**
 * Runs `work` with the effective ids and the groups of another account. Only root can do that; for others `work` runs as they are.
 * Nothing else must run meanwhile.
 */
export async function asAccount<T>(name: string | undefined, work: () => Promise<T>): Promise<T> {
  const ids = actingAs(name);
  if (ids === undefined || name === undefined) return work();
  const own = process.getegid?.() ?? 0;
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.(groupsOf(name));
  process.setegid?.(ids.gid);
  process.seteuid?.(ids.uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(own);
    process.setgroups?.(groups);
  }
}
