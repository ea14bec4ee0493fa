/** Time of a release: that of its commit, so that the same commit gives the same packages. */
import { execFileSync } from "node:child_process";

/** Returns the time that SOURCE_DATE_EPOCH or the last commit names. */
export function releaseTime(root: string): Date {
  const seconds =
    process.env.SOURCE_DATE_EPOCH ??
    execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).trim();
  return new Date(Number(seconds) * 1000);
}
