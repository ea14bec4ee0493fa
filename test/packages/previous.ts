/** The version before: the last release below this commit, compiled once and kept. */
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

/** Subject of a commit that is a release: `npm run release` tells to use it. Clones need not have tags. */
const RELEASE = "^Release [0-9]+[.][0-9]+[.][0-9]+$";

/**
 * The commit of the version before: the first version until there is a release. A clone without history has nothing before
 * itself, and is upgraded to the same code with a higher version number.
 */
async function previousCommit(): Promise<string> {
  const head = await git("log", "-1", "--format=%s");
  // A release is tested against the one before it.
  const below = new RegExp(RELEASE).test(head) ? "HEAD^" : "HEAD";
  const newest = git("log", "-1", "--format=%H", "--extended-regexp", `--grep=${RELEASE}`, below);
  // The first commit of a clone has none below.
  const release = await newest.catch(() => "");
  if (release !== "") return release;
  const first = git("rev-parse", "--verify", "--quiet", `${FIRST_VERSION}^{commit}`);
  return first.catch(() => {
    process.stdout.write("this clone has no history: the version before is this commit\n");
    return git("rev-parse", "HEAD");
  });
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
