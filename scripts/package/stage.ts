/**
 * The application as it is installed: compiled code, migrations, contract, and the packages that run with it, copied from
 * node_modules, without what only builds and tests them. It contains no native code and no install scripts.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PATTERNFLY_FILES } from "../../src/http/ui-files.ts";
import { pathsIn } from "./tree.ts";

/** Folders and files of packages that do not run. */
const NOT_RUN = new Set([
  "benchmark",
  "benchmarks",
  "coverage",
  "docs",
  "example",
  "examples",
  "prebuilds",
  "test",
  "tests",
]);
const NOT_RUN_FILES =
  /^\.|\.(?:map|[cm]?ts|md|markdown|html|flow|yml|yaml|exe|tgz|gyp|gypi|c|cc|h|o)$|^Makefile$|^CMakeLists/;
const LICENCE = /^(?:licen[cs]e|copying|notice|copyright)/i;

/** Packages of which only some files run. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  "node_modules/@patternfly/patternfly": ["package.json", ...PATTERNFLY_FILES],
};

/** Package in the lock file; workspaces are the folders that are not in node_modules, and the links to them. */
export interface Locked {
  readonly version: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly license?: string;
  readonly name?: string;
}

/** Lock file. */
interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));

/** Returns the packages that are installed with the gateway by their path; the embedded PostgreSQL and workspaces are not. */
export function runtimePackages(root: string): readonly (readonly [path: string, locked: Locked])[] {
  const lock: Lock = read(join(root, "package-lock.json"));
  return Object.entries(lock.packages).filter(
    ([path, { dev, optional, link }]) =>
      path.startsWith("node_modules/") && dev !== true && optional !== true && link !== true,
  );
}

function isRun(path: string, isDirectory: boolean): boolean {
  const name = basename(path);
  if (LICENCE.test(name)) return true;
  return isDirectory ? !NOT_RUN.has(name) && !name.startsWith(".") : !NOT_RUN_FILES.test(name);
}

/** Copies a package without the packages inside it, which are listed on their own. */
function copyPackage(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (!isRun(source, entry.isDirectory())) continue;
    if (entry.isDirectory()) copyPackage(source, target);
    else cpSync(source, target);
  }
  if (readdirSync(to).length === 0) rmSync(to, { recursive: true });
}

/** Writes package.json and npm-shrinkwrap.json without what is not installed. */
function writeManifests(root: string, folder: string, version: string): void {
  const { name, description, license, type, engines, bin, dependencies } = read(join(root, "package.json"));
  const manifest = { name, version, description, license, type, engines, bin, dependencies };
  const packages = Object.fromEntries(
    runtimePackages(root).map(([path, locked]) => [path, { ...locked, inBundle: true }]),
  );
  const own = {
    name,
    version,
    license,
    engines,
    bin,
    dependencies,
    bundleDependencies: Object.keys(dependencies),
  };
  const shrinkwrap = {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { "": own, ...packages },
  };
  const write = (file: string, content: object) =>
    writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  write("package.json", { ...manifest, bundleDependencies: Object.keys(dependencies) });
  write("npm-shrinkwrap.json", shrinkwrap);
}

/**
 * Makes the folder from nothing.
 * @throws Error if it contains native code
 */
export function stageApplication(root: string, folder: string, version: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ["migrations", "openapi.yaml", "LICENSE"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  cpSync(join(root, "dist"), join(folder, "dist"), {
    recursive: true,
    filter: (path) => !path.endsWith(".map"),
  });
  for (const [path] of runtimePackages(root)) {
    if (!existsSync(join(root, path))) throw new Error(`${path} is missing: run npm ci`);
    const parts = PARTS[path];
    if (parts === undefined) copyPackage(join(root, path), join(folder, path));
    else for (const part of parts) cpSync(join(root, path, part), join(folder, path, part));
  }
  writeManifests(root, folder, version);
  const native = pathsIn(folder).filter((path) => /\.(?:node|bare|so|dll|dylib)$/.test(path));
  if (native.length > 0) throw new Error(`native code would be installed: ${native.join(", ")}`);
}
