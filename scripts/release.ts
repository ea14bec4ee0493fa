/**
 * `npm run release -- X.Y.Z`: checks the tree, sets the version, and makes everything that is published into build/. Commits and
 * tags nothing; says how.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setVersion } from "./package/versions.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

function fail(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

const git = (...args: string[]): string => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
const npm = (...args: string[]) =>
  execFileSync("npm", ["run", "--silent", ...args], { cwd: ROOT, stdio: "inherit" });

const numbersOf = (version: string): number[] => version.split(".").map(Number);

function isNewer(version: string, than: string): boolean {
  const old = numbersOf(than);
  for (const [index, number] of numbersOf(version).entries())
    if (number !== old[index]) return number > (old[index] ?? 0);
  return false;
}

/** Text of the changelog between two headings of versions. */
const unreleased = (): string =>
  /^## \[Unreleased\]\n([\s\S]*?)(?=^## \[|(?![\s\S]))/m.exec(
    readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"),
  )?.[1] ?? "";

function checkTree(version: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(version)) fail("usage: npm run release -- X.Y.Z [--base IMAGE]");
  const changed = git("status", "--porcelain");
  if (changed !== "") fail(`the tree has changes that are not committed:\n${changed}`);
  if (git("tag", "--list", `v${version}`) !== "") fail(`the tag v${version} exists already`);
  const current: { version: string } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  if (!isNewer(version, current.version)) fail(`${version} is not newer than ${current.version}`);
  if (unreleased().trim() === "") fail("CHANGELOG.md says nothing under [Unreleased]");
}

const [version = "", ...more] = process.argv.slice(2);
checkTree(version);
setVersion(ROOT, version, new Date().toISOString().slice(0, 10));
npm("generate");
copyFileSync(join(ROOT, "openapi.yaml"), join(ROOT, "contract", "released", `${version}.yaml`));
npm("contract:changes");
npm("check:code");
npm("package", "--", "--all", ...more);
process.stdout.write(`
build/ has release ${version}. To publish it:

  git add contract/released
  git commit --all --message 'Release ${version}'
  git tag v${version}
  git push --follow-tags
`);
