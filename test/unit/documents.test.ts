import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { runtimePackages } from "../../scripts/package/stage.ts";
import { commandOf } from "../../src/commands/table.ts";
import { OPERATIONS } from "../../src/generated/operations.ts";
import { KEYS } from "../../src/settings/keys.ts";

const root = new URL("../../", import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(name, root), "utf8");
const { dependencies, optionalDependencies, allowScripts } = JSON.parse(textOf("package.json"));
const client = JSON.parse(textOf("clients/typescript/package.json"));
const locked: [string, { hasInstallScript?: boolean; dev?: boolean; name?: string }][] = Object.entries(
  JSON.parse(textOf("package-lock.json")).packages,
);

test("docs/dependencies.md lists exactly the runtime dependencies", () => {
  const [byHand = ""] = textOf("docs/dependencies.md").split("\n## ");
  const lines = [...byHand.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  const optional = Object.keys(optionalDependencies).map((name) => name.replace(/\/.*/, "/*"));
  expect(new Set(lines)).toEqual(new Set([...Object.keys(dependencies), ...optional]));
});

test("package.json pins exact versions of the runtime dependencies", () => {
  const ranges = Object.entries({ ...dependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(String(version)),
  );
  expect(ranges).toEqual([]);
});

test("allowScripts covers every install script and allows only the embedded PostgreSQL's", () => {
  const named = (path: string): string => path.replace(/^.*node_modules\//, "");
  const decided = Object.keys(allowScripts);
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  expect(scripted.map(([path]) => named(path)).filter((name) => !decided.includes(name))).toEqual([]);
  expect(decided.filter((name) => !locked.some(([path]) => named(path) === name))).toEqual([]);
  expect(decided.filter((name) => allowScripts[name] !== false).toSorted()).toEqual(
    Object.keys(optionalDependencies).toSorted(),
  );
});

test("the client has the version of the gateway, and the packages that both run with in the same versions", () => {
  expect(client.version).toBe(JSON.parse(textOf("package.json")).version);
  expect(client.dependencies).toEqual({ "openapi-fetch": dependencies["openapi-fetch"] });
  const { packages } = JSON.parse(textOf("package-lock.json"));
  expect(packages["clients/typescript"]).toMatchObject({
    version: client.version,
    dependencies: client.dependencies,
  });
});

test("the client, a workspace, is not installed with the gateway", () => {
  const paths = runtimePackages(fileURLToPath(root)).map(([path]) => path);
  expect(paths).toContain("node_modules/openapi-fetch");
  expect(paths.filter((path) => /^(?!node_modules\/)|container-gateway-client/.test(path))).toEqual([]);
  expect(textOf("docs/dependencies.md")).not.toContain("container-gateway-client");
});

test("no package that is installed with the gateway sends data about the installation or compiles native code", () => {
  const installed = locked.filter(
    ([path, { dev, name }]) => path !== "" && dev !== true && name === undefined,
  );
  const names = installed.map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(names.length).toBeGreaterThan(50);
  for (const name of ["@scarf/scarf", "tunnel-ssh", "ssh2", "cpu-features", "nan"])
    expect(names).not.toContain(name);
});

test("docs/troubleshooting.md names only settings and commands that exist", () => {
  const text = textOf("docs/troubleshooting.md");
  const commands = [...text.matchAll(/container-gateway ([a-z][a-z-]*)/g)].map(([, name = ""]) => name);
  expect(commands.filter((name) => commandOf(name) === undefined)).toEqual([]);
  const names = [...text.matchAll(/`([a-z]+(?:_[a-z]+)+)(?:: [a-z]+)?`/g)].map(([, name = ""]) => name);
  const others = ["create_personal_access_tokens", "waiting_for_katello"];
  const isMetric = (name: string) => /_(?:total|seconds)$/.test(name);
  expect(names.filter((name) => !(name in KEYS) && !others.includes(name) && !isMetric(name))).toEqual([]);
  expect(text.match(/^### /gm)?.length).toBeGreaterThanOrEqual(30);
});

test.each(["SECURITY.md", "docs/architecture.md", "docs/operation.md", "README.md", "CONTRIBUTING.md"])(
  "%s names only files that exist",
  (document) => {
    const named = [
      ...textOf(document).matchAll(/`((?:test|src|docs|packaging|scripts|migrations)\/[\w./-]+\.\w+)`/g),
    ];
    const missing = named
      .flatMap(([, file]) => file ?? [])
      .filter((file) => !existsSync(new URL(file, root)));
    expect(missing).toEqual([]);
  },
);

const PAGES = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  readdirSync(new URL("docs/", root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

/** Returns the anchors of a page's headings as GitHub generates them. */
const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

test.each(PAGES)("%s links only to pages, files and headings that exist", (page) => {
  const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  const broken = links.filter(([, path = "", anchor]) => {
    const target = path === "" ? page : new URL(path, new URL(page, root)).href.slice(root.href.length);
    if (!existsSync(new URL(target, root))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** Words of a cell. More are a paragraph, which belongs below the table. */
const MAX_CELL_WORDS = 32;
/** Pages of measurements and replies as they were seen. */
const REPORTS = ["docs/benchmarks.md", "docs/reliability.md"];

test.each(PAGES.filter((page) => !REPORTS.includes(page)))("%s has no paragraph in a table", (page) => {
  const rows = textOf(page).matchAll(/^\|(.*)\|$/gm);
  const cells = [...rows].flatMap(([, row = ""]) => row.split(/(?<!\\)\|/));
  expect(cells.filter((cell) => cell.trim().split(/\s+/).length > MAX_CELL_WORDS)).toEqual([]);
});

test("docs/migration.md has a row for every table that the migrations create", () => {
  const folder = "migrations/sqls/";
  const made = readdirSync(new URL(folder, root)).flatMap((file) =>
    [...textOf(folder + file).matchAll(/^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)/gm)].flatMap(
      ([, table]) => table ?? [],
    ),
  );
  const page = textOf("docs/migration.md");
  expect(made).toContain("login_attempts");
  const missing = made.filter((table) => !new RegExp(`^\\|.*\`${table}\`.* \\|`, "m").test(page));
  // The tables adopted_* take the names of tables that have a row.
  expect(missing.filter((table) => !table.startsWith("adopted_"))).toEqual([]);
});

/** Objects of a document that have a key. */
function withKey(key: string, node: unknown): Record<string, unknown>[] {
  if (typeof node !== "object" || node === null) return [];
  const inside = Object.values(node).flatMap((one) => withKey(key, one));
  return key in node ? [{ ...node }, ...inside] : inside;
}

test("the contract has an example of each required parameter, so that the API page can send it", () => {
  const required = withKey("in", parse(textOf("openapi.yaml"))).filter((one) => one.required === true);
  expect(required.length).toBeGreaterThan(10);
  expect(required.filter(({ example }) => example === undefined)).toEqual([]);
});

test("operations that may call Katello or Pulp declare 502, 503 and 504", () => {
  const missing = OPERATIONS.filter(
    ({ security, statuses }) =>
      security.some((scheme) => scheme === "hostCertificate") &&
      ![502, 503, 504].every((status) => statuses.some((declared) => declared === status)),
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
});
