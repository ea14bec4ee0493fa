/**
 * Builds the client in this folder, in ESM and CommonJS, from src/client and the types that are generated from the contract.
 * npm runs it before it packs the workspace.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("./", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STAGE = join(ROOT, "build/client");
const GENERATED = ["client.ts", "error-codes.ts", "openapi.ts"];

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
}

rmSync(STAGE, { recursive: true, force: true });
for (const kind of /** @type {const} */ (["esm", "cjs"])) compile(kind);
rmSync(join(FOLDER, "dist"), { recursive: true, force: true });
renameSync(join(STAGE, "dist"), join(FOLDER, "dist"));
rmSync(STAGE, { recursive: true });
cpSync(join(ROOT, "LICENSE"), join(FOLDER, "LICENSE"));
