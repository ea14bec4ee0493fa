/** Generates everything anew, and fails if that changes a file or makes one that git does not have. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = join("src", "generated");
const PAGES = [
  ...["settings.md", "dependencies.md"].map((name) => join("docs", name)),
  join("contract", "katello.schema.json"),
  join("src", "ui", "client.js"),
];

/** @param {string} path */
function checksum(path) {
  try {
    return createHash("sha256")
      .update(readFileSync(join(ROOT, path)))
      .digest("hex");
  } catch {
    return undefined;
  }
}

function snapshot() {
  const paths = [...readdirSync(join(ROOT, FOLDER)).map((name) => join(FOLDER, name)), ...PAGES];
  return new Map(paths.map((path) => [path, checksum(path)]));
}

/** Files that git neither has nor ignores; none where there is no git. */
function untracked() {
  const args = ["ls-files", "--others", "--exclude-standard", "--", FOLDER, ...PAGES];
  const { status, stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.split("\n").filter(Boolean) : [];
}

const before = snapshot();
const { status } = spawnSync("npm", ["run", "--silent", "generate"], { cwd: ROOT, stdio: "inherit" });
if (status !== 0) process.exit(1);
const after = snapshot();

const problems = [
  ...[...after].flatMap(([path, now]) =>
    before.get(path) === now ? [] : [`${path} was out of date; it is generated anew`],
  ),
  ...untracked().map((path) => `${path} is not in git; add it`),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else process.stdout.write("The generated files are up to date.\n");
