/** The version before: the newest tag below this commit where the clone has tags, compiled once and kept. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "../clients/command.ts";
import { CACHE, ROOT } from "./folders.ts";

/** The commit of v0.1.0. */
const FIRST_VERSION = "26cd55f6814e90ff416969a88c4a17c98d3609cf";

/** A compiled version. */
export interface Previous {
  readonly version: string;
  /** Its clone, with `dist` and `node_modules`. */
  readonly folder: string;
}

const git = async (...args: string[]): Promise<string> => (await must("git", args, { cwd: ROOT })).trim();

/**
 * The commit of the version before. A clone without tags has the first version; one without history has nothing before
 * itself and is upgraded to the same code with a higher version number.
 */
async function previousCommit(): Promise<string> {
  const here = await git("tag", "--points-at", "HEAD");
  // A release is tested against the one before it.
  const below = here === "" ? "HEAD" : "HEAD^";
  for (const find of [
    () => git("describe", "--tags", "--abbrev=0", "--match", "v*", below),
    () => git("rev-parse", "--verify", "--quiet", `${FIRST_VERSION}^{commit}`),
  ]) {
    const commit = await find().catch(() => undefined);
    if (commit !== undefined) return git("rev-parse", `${commit}^{commit}`);
  }
  process.stdout.write("this clone has no history: the version before is this commit\n");
  return git("rev-parse", "HEAD");
}

/** Compiles the version before, unless that is done. */
export async function buildPrevious(): Promise<Previous> {
  const commit = await previousCommit();
  const folder = join(CACHE, commit);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    const env = { HOME: process.env.HOME ?? "/root", PATH: process.env.PATH ?? "" };
    const args = { cwd: unfinished, env };
    await must("/bin/sh", ["-c", `git -C '${ROOT}' archive '${commit}' | tar -x`], args);
    await must("npm", ["ci", "--ignore-scripts", "--omit=optional", "--prefer-offline"], args);
    await must(process.execPath, ["scripts/build.mjs"], args);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  }
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { version, folder };
}
