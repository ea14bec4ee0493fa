/**
 * Completes package-lock.json after `npm install` against a registry that does not offer the binary packages of every
 * platform: npm leaves those out, and `npm ci` then refuses the lock file. Their versions stand in the packages that
 * want them, their platforms in their names. Run by hand; does nothing if nothing is missing.
 */
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
const PLATFORM =
  /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/;

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const { packages } = lock;
const missing = Object.values(packages).flatMap(({ optionalDependencies = {}, dev }) =>
  Object.entries(optionalDependencies).flatMap(([name, version]) => {
    const [, os, cpu, abi = ""] = PLATFORM.exec(name) ?? [];
    const path = `node_modules/${name}`;
    if (os === undefined || path in packages || !/^\d/.test(version)) return [];
    const libc = os === "linux" ? { libc: [abi.startsWith("musl") ? "musl" : "glibc"] } : {};
    return [[path, { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] }]];
  }),
);
if (missing.length > 0) {
  lock.packages = Object.fromEntries(
    [...Object.entries(packages), ...missing].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(`${missing.length} packages were missing in package-lock.json.\n`);
