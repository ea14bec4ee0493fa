/**
 * Makes the packages in build/: deb and rpm with nfpm, from one staged tree, which stays in build/root. The same commit gives
 * the same bytes. Run by `npm run package`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { bashCompletion } from "../src/commands/completion/bash.ts";
import { fishCompletion } from "../src/commands/completion/fish.ts";
import { zshCompletion } from "../src/commands/completion/zsh.ts";
import { buildManual } from "./manual/site.ts";
import { writeChecksums } from "./package/checksums.ts";
import { copyrightFile } from "./package/copyright.ts";
import { makeImage } from "./package/image.ts";
import { commandPage, settingsManPage } from "./package/man-pages.ts";
import { releaseTime } from "./package/release-time.ts";
import { writeSbom } from "./package/sbom.ts";
import { stageApplication } from "./package/stage.ts";
import { makeTarball } from "./package/tarball.ts";
import { normalize } from "./package/tree.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const NFPM = process.env.NFPM ?? join(CACHE, "container-gateway", "go", "nfpm-v2.45.2");

const manifest: { version: string; author: string } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);
const { application, target, version, all, base } = parseArgs({
  options: {
    // Clone whose compiled code and packages are taken.
    application: { type: "string", default: ROOT },
    target: { type: "string", default: join(ROOT, "build") },
    version: { type: "string", default: manifest.version },
    // Beside deb and rpm: tarball, bill of materials, checksums, and the image if there is a base for it.
    all: { type: "boolean", default: false },
    base: { type: "string" },
  },
}).values;
/** Who answers for the packages: `Name <address>`. Whoever builds for others names themselves. */
const MAINTAINER = process.env.PACKAGE_MAINTAINER ?? manifest.author;
/** The name alone. */
const VENDOR = MAINTAINER.replace(/ *<.*/, "");
const STAGED = join(target, "root");
const INSTALLED = join(STAGED, "usr", "lib", "container-gateway");
const MANUAL = join(ROOT, "build", "docs");
const CHANGELOG = join(target, "changelog.yml");

/** Writes a file of the staged tree, compressed if its name says so. */
function stageFile(path: string, text: string): void {
  const file = join(STAGED, "usr", "share", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, path.endsWith(".gz") ? gzipSync(text, { level: 9 }) : text);
}

/** Changelog of the packages, in the format of chglog. */
const packageChangelog = (time: Date): string => `- semver: ${version}
  date: ${time.toISOString()}
  packager: ${MAINTAINER}
  deb:
    urgency: medium
    distributions: [unstable]
  changes:
    - note: Release ${version}, see changelog.gz.
`;

function stage(time: Date): void {
  rmSync(STAGED, { recursive: true, force: true });
  stageApplication(application, INSTALLED, version);
  buildManual(ROOT, MANUAL);
  cpSync(MANUAL, join(INSTALLED, "manual"), { recursive: true });
  const edition = { version, date: time.toISOString().slice(0, 10) };
  stageFile("man/man1/container-gateway.1.gz", commandPage(edition));
  stageFile("man/man5/container-gateway-settings.5.gz", settingsManPage(edition));
  stageFile("bash-completion/completions/container-gateway", bashCompletion());
  stageFile("zsh/_container-gateway", zshCompletion());
  stageFile("fish/vendor_completions.d/container-gateway.fish", fishCompletion());
  stageFile("doc/container-gateway/copyright", copyrightFile(application, ROOT));
  stageFile("doc/container-gateway/changelog.gz", readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"));
  writeFileSync(CHANGELOG, packageChangelog(time));
  normalize(STAGED, time.getTime() / 1000);
}

/** Writes the description of the packages with its words replaced, which nfpm itself does in some places only. */
function writeDescription(): string {
  const words = new Map(Object.entries({ VERSION: version, STAGED, CHANGELOG, MAINTAINER, VENDOR }));
  const template = readFileSync(join(ROOT, "packaging", "nfpm.yaml"), "utf8");
  const file = join(target, "nfpm.yaml");
  writeFileSync(
    file,
    template.replace(/\$\{([A-Z]+)\}/g, (whole, word: string) => words.get(word) ?? whole),
  );
  return file;
}

function pack(packager: "deb" | "rpm", description: string, time: Date): void {
  const args = ["package", "--config", description, "--packager", packager, "--target", target];
  const { status, error } = spawnSync(NFPM, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time.getTime() / 1000) },
  });
  if (error !== undefined)
    process.stderr.write(`${NFPM}: ${error.message}: run test/clients/go-programs.sh\n`);
  if (status !== 0) process.exit(1);
}

/** Makes the image from what is staged in the target folder. */
function packImage(time: Date): void {
  if (base === undefined) return;
  const context = join(target, "image");
  rmSync(context, { recursive: true, force: true });
  cpSync(STAGED, join(context, "build", "root"), { recursive: true });
  cpSync(join(ROOT, "packaging"), join(context, "packaging"), { recursive: true });
  normalize(context, time.getTime() / 1000);
  const revision = execFileSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  const archive = join(target, `container-gateway-${version}.image.tar`);
  rmSync(archive, { force: true });
  makeImage(archive, { context, base, version, revision, time, environment: process.env });
  rmSync(context, { recursive: true });
}

const time = releaseTime(ROOT, version);
stage(time);
const description = writeDescription();
for (const packager of ["deb", "rpm"] as const) pack(packager, description, time);
if (all) {
  makeTarball(INSTALLED, target);
  execFileSync(process.execPath, [join(ROOT, "scripts", "client.mjs"), target], { stdio: "inherit" });
  writeSbom(ROOT, join(target, `container-gateway-${version}.cdx.json`), time, version);
  packImage(time);
  writeChecksums(target);
}
