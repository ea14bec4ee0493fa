/** Time of a release, so that the same release gives the same bytes. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns the time of SOURCE_DATE_EPOCH, else the day of the version in the changelog, else the time of the last commit. */
export function releaseTime(root: string, version: string): Date {
  const { SOURCE_DATE_EPOCH } = process.env;
  if (SOURCE_DATE_EPOCH !== undefined) return new Date(Number(SOURCE_DATE_EPOCH) * 1000);
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const heading = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - (\\d{4}-\\d{2}-\\d{2})$`, "m");
  const [, day] = heading.exec(changelog) ?? [];
  if (day !== undefined) return new Date(`${day}T00:00:00Z`);
  const args = ["log", "-1", "--format=%ct"];
  return new Date(Number(execFileSync("git", args, { cwd: root, encoding: "utf8" })) * 1000);
}
