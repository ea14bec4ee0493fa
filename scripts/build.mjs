/**
 * Compiles src to dist, from nothing. With `--if-stale` only if dist is older than what it is made of. The old dist
 * stays until the new one is complete.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");
/** Beside dist, so that source maps lead to the same place. */
const NEW = join(ROOT, "dist.new");
const SOURCES = ["src", "openapi.yaml", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];

/**
 * When a file, or anything in a folder, was changed last. A folder itself changes when a file goes.
 * @param {string} path
 * @returns {number}
 */
function changed(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const inside = stat.isDirectory() ? readdirSync(path).map((name) => changed(join(path, name))) : [];
  return Math.max(stat.mtimeMs, ...inside);
}

const isFresh = () =>
  changed(join(DIST, "cli.js")) > Math.max(...SOURCES.map((path) => changed(join(ROOT, path))));

function build() {
  process.stdout.write("Compiling src to dist.\n");
  rmSync(NEW, { recursive: true, force: true });
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const args = [tsc, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", NEW, "--noEmitOnError"];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) {
    rmSync(NEW, { recursive: true, force: true });
    process.exit(1);
  }
  // The status page is served as it is, without the types.
  const filter = (/** @type {string} */ path) => !path.endsWith(".ts");
  cpSync(join(ROOT, "src", "ui"), join(NEW, "ui"), { recursive: true, filter });
  chmodSync(join(NEW, "cli.js"), 0o755);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(NEW, DIST);
}

if (!process.argv.includes("--if-stale") || !isFresh()) build();
