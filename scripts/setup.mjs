/**
 * Makes a clone ready: checks Node.js, and installs the packages of package-lock.json if they are missing or older than
 * it. Runs before the commands that need packages, so it uses nothing but Node.js and npm itself.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** @param {string} path */
const changed = (path) => statSync(`${ROOT}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** @param {string} version */
const numbers = (version) => version.replace(/^\D+/, "").split(".").map(Number);

function checkNode() {
  const wanted = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")).engines.node;
  const [major = 0, minor = 0] = numbers(process.version);
  const [leastMajor = 0, leastMinor = 0] = numbers(wanted);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  process.stderr.write(`Node.js ${wanted} is needed; this is ${process.version} (${process.execPath}).\n`);
  process.exit(1);
}

function install() {
  process.stdout.write("Installing the packages of package-lock.json with npm ci.\n");
  // An npm that knows it takes no package whose install script nobody decided on; an older one takes no notice.
  const args = [
    "ci",
    "--include=dev",
    "--include=optional",
    "--strict-allow-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  // Under npm run, npm says where it is itself.
  const npm = process.env.npm_execpath;
  const run = { cwd: ROOT, stdio: "inherit" };
  const { status, error } = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], run)
    : spawnSync("npm", args, run);
  if (error !== undefined) process.stderr.write(`npm can't be run: ${error.message}\n`);
  if (status !== 0) process.exit(1);
}

checkNode();
// npm writes this file last: without it an installation was broken off.
if (changed("node_modules/.package-lock.json") < changed("package-lock.json")) install();
