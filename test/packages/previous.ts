/** The version before: the newest tag below this commit, compiled once and kept. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "../clients/command.ts";
import { CACHE, ROOT } from "./folders.ts";

/** A compiled version. */
export interface Previous {
  readonly tag: string;
  readonly version: string;
  /** Its clone, with `dist` and `node_modules`. */
  readonly folder: string;
}

/** @throws Error if the clone has no tags */
async function previousTag(): Promise<string> {
  const head = await must("git", ["tag", "--points-at", "HEAD"], { cwd: ROOT });
  // A release is tested against the one before it.
  const below = head.trim() === "" ? "HEAD" : "HEAD^";
  return (
    await must("git", ["describe", "--tags", "--abbrev=0", "--match", "v*", below], { cwd: ROOT })
  ).trim();
}

/** Compiles the version before, unless that is done. */
export async function buildPrevious(): Promise<Previous> {
  const tag = await previousTag();
  const folder = join(CACHE, tag);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    const env = { HOME: process.env.HOME ?? "/root", PATH: process.env.PATH ?? "" };
    const args = { cwd: unfinished, env };
    await must("/bin/sh", ["-c", `git -C '${ROOT}' archive '${tag}' | tar -x`], args);
    await must("npm", ["ci", "--ignore-scripts", "--omit=optional", "--prefer-offline"], args);
    await must(process.execPath, ["scripts/build.mjs"], args);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  }
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { tag, version, folder };
}
