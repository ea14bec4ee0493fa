/**
 * `npm run client`: makes the npm package of the client, container-gateway-client-X.Y.Z.tgz in build or the folder that is named, in ESM and CommonJS, from
 * src/client, the types that are generated from the contract, and clients/typescript.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TARGET = process.argv[2] ?? join(ROOT, "build");
const STAGE = join(ROOT, "build/client");
const GENERATED = ["client.ts", "error-codes.ts", "openapi.ts"];

/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

const OPTIONS = {
  target: "ES2023",
  lib: ["ES2023"],
  types: ["node"],
  strict: true,
  declaration: true,
  rewriteRelativeImportExtensions: true,
  allowImportingTsExtensions: true,
  esModuleInterop: true,
  skipLibCheck: true,
};

/**
 * Compiles the sources in a folder of their own, whose package.json says which kind of modules they are.
 * @param {"esm" | "cjs"} kind
 */
function compile(kind) {
  const folder = join(STAGE, `sources-${kind}`);
  mkdirSync(join(folder, "generated"), { recursive: true });
  cpSync(join(ROOT, "src/client"), join(folder, "client"), { recursive: true });
  for (const name of GENERATED) cpSync(join(ROOT, "src/generated", name), join(folder, "generated", name));
  const type = kind === "esm" ? "module" : "commonjs";
  const compilerOptions = {
    ...OPTIONS,
    module: "NodeNext",
    moduleResolution: "NodeNext",
    rootDir: folder,
    outDir: join(STAGE, "dist", kind),
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["--project", folder], { stdio: "inherit" });
  writeFileSync(join(STAGE, "dist", kind, "package.json"), `${JSON.stringify({ type })}\n`);
  rmSync(folder, { recursive: true });
}

rmSync(STAGE, { recursive: true, force: true });
mkdirSync(STAGE, { recursive: true });
symlinkSync(join(ROOT, "node_modules"), join(STAGE, "node_modules"));
for (const kind of /** @type {const} */ (["esm", "cjs"])) compile(kind);
rmSync(join(STAGE, "node_modules"));
const { version, dependencies } = json(join(ROOT, "package.json"));
const manifest = json(join(ROOT, "clients/typescript/package.json"));
const own = { ...manifest, version, dependencies: { "openapi-fetch": dependencies["openapi-fetch"] } };
// TypeScript's resolution "node10" reads no exports.
const place = { main: "../dist/cjs/client/browser.js", types: "../dist/cjs/client/browser.d.ts" };
mkdirSync(join(STAGE, "browser"));
writeFileSync(join(STAGE, "browser", "package.json"), `${JSON.stringify(place, null, 2)}\n`);
writeFileSync(join(STAGE, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
for (const name of ["clients/typescript/README.md", "LICENSE"])
  cpSync(join(ROOT, name), join(STAGE, name.replace("clients/typescript/", "")));
const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", TARGET], {
  cwd: STAGE,
  encoding: "utf8",
});
process.stdout.write(`${join(TARGET, packed.trim())}\n`);
