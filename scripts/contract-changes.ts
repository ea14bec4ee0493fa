/**
 * `npm run contract:changes`: writes docs/api-changelog.md, what has changed from each released contract to the next, and to the
 * one of this tree. Fails if the contract of this tree breaks the last released one without a new major version and a line under
 * "### Breaking" in CHANGELOG.md. With `--check` it writes nothing, and fails if the page is out of date. Another contract than
 * openapi.yaml may be named, and another changelog by `--changelog=FILE`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PAGE = "docs/api-changelog.md";
const RELEASED = "contract/released";
const PROGRAMS = "test/clients/go-programs.sh";

/** A contract and its version. */
interface Contract {
  readonly file: string;
  readonly version: string;
}

function fail(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

function oasdiffPath(): string {
  const [, version = ""] = /oasdiff@(\S+)/.exec(readFileSync(join(ROOT, PROGRAMS), "utf8")) ?? [];
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const path = join(cache, "container-gateway", "go", `oasdiff-${version}`);
  return existsSync(path) ? path : fail(`oasdiff is missing: bash ${PROGRAMS}`);
}

const numbersOf = (version: string): readonly number[] => version.split(".").map(Number);

function compare({ version: a }: Contract, { version: b }: Contract): number {
  const numbers = numbersOf(b);
  for (const [index, number] of numbersOf(a).entries())
    if (number !== numbers[index]) return number - (numbers[index] ?? 0);
  return 0;
}

function contractAt(file: string): Contract {
  const { info }: { info: { version: string } } = parse(readFileSync(join(ROOT, file), "utf8"));
  return { file, version: info.version };
}

const words = process.argv.slice(2);
const isCheck = words.includes("--check");
const current = contractAt(words.find((word) => !word.startsWith("--")) ?? "openapi.yaml");
const CHANGELOG = words.find((word) => word.startsWith("--changelog="))?.slice(12) ?? "CHANGELOG.md";
const released = readdirSync(join(ROOT, RELEASED))
  .map((name) => contractAt(join(RELEASED, name)))
  .sort(compare);
const oasdiff = oasdiffPath();

/** What oasdiff says of two contracts that are alike. */
const NO_CHANGES = "No changes detected";

/** Changes in Markdown, without its title. */
function changes(from: Contract, to: Contract): string {
  const args = ["changelog", from.file, to.file, "--format", "markdown"];
  const text = execFileSync(oasdiff, args, { cwd: ROOT, encoding: "utf8" });
  const [, body = ""] = /^# .*\n+([\s\S]*)$/.exec(text) ?? [];
  const lines = body.replace(/^## API Changes\n/m, "").replaceAll(/^- {2}/gm, "- ");
  return lines.trim() === "" ? NO_CHANGES : lines.replaceAll(/\n{2,}/g, "\n\n").trim();
}

function page(): string {
  const steps = [...released, current].flatMap((to, index, all) => {
    const from = all[index - 1];
    if (from === undefined) return [];
    const text = changes(from, to);
    if (to === current && text === NO_CHANGES) return [];
    const title = to === current ? "Unreleased" : to.version;
    return [`## ${title}\n\nSince ${from.version}:\n\n${text}\n`];
  });
  return `# Changes of the API

What has changed in [openapi.yaml](../openapi.yaml) from version to version. Made by \`npm run contract:changes\`.

${steps.reverse().join("\n")}`;
}

/** True if CHANGELOG.md tells of a break in a version, or in what is not released yet. */
const tellsOfBreak = (version: string): boolean =>
  readFileSync(join(ROOT, CHANGELOG), "utf8")
    .split(/^## /m)
    .filter((section) => section.startsWith(`[${version}]`) || section.startsWith("[Unreleased]"))
    .some((section) => /^### Breaking\n+- /m.test(section));

/** Fails if the contract is broken and the version does not say so. */
function checkBreaking(): void {
  const last = released.at(-1);
  if (last === undefined) return;
  const [[major = 0] = [], [before = 0] = []] = [numbersOf(current.version), numbersOf(last.version)];
  const args = ["breaking", last.file, current.file, "--fail-on", "ERR"];
  const { status, stdout, stderr } = spawnSync(oasdiff, args, { cwd: ROOT, encoding: "utf8" });
  if (status === 0 || (major > before && tellsOfBreak(current.version))) return;
  fail(
    `${current.file} breaks ${last.file}, which needs a new major version, and a line under "### Breaking" in ${CHANGELOG}:\n${stdout}${stderr}`,
  );
}

checkBreaking();
const text = page();
if (!isCheck) writeFileSync(join(ROOT, PAGE), text);
else if (!existsSync(join(ROOT, PAGE)) || readFileSync(join(ROOT, PAGE), "utf8") !== text)
  fail(`${PAGE} is out of date: npm run contract:changes`);
