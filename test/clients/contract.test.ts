/** The contract for those who build on it: examples, schema and recordings, made and read with Katello's own libraries. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pem } from "../support/gateway.ts";
import { must, run } from "./command.ts";
import { encodeAsKatello } from "./katello.ts";
import { programPath } from "./program.ts";
import { type Site, startSite } from "./site.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXAMPLES = join(ROOT, "contract/examples");
const SCHEMA = join(ROOT, "contract/katello.schema.json");

let site: Site;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cgw-contract-"));
  site = await startSite();
});
afterAll(async () => {
  await site?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const CALLS = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.replace(".json", ""));
const example = (call: string) => JSON.parse(readFileSync(join(EXAMPLES, `${call}.json`), "utf8"));

/** Runs the gateway's command from its sources. */
const contract = (...args: string[]) =>
  run("node_modules/.bin/tsx", ["src/cli.ts", "contract", ...args], { cwd: ROOT });

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function schemaErrors(payloads: Readonly<Record<string, unknown>>): Promise<Record<string, string[]>> {
  const input = JSON.stringify({ schema: SCHEMA, payloads });
  return JSON.parse(await must(programPath("ruby"), [script("schema-check.rb")], { input }));
}

/** Records a whole sync, and returns the cassette. */
async function record(): Promise<string> {
  const order = ["repository_list", "user_repository_mapping", "update_hosts", "host_repository_mapping"];
  const puts = [...order, "update_host_repositories"].map((path) => ({
    method: "put",
    path,
    payload: example(path),
  }));
  const input = JSON.stringify({
    base: `https://${site.tls}`,
    ca: pem("ca.crt"),
    cert: pem("foreman.crt"),
    key: pem("foreman.key"),
    folder,
    calls: [...puts.slice(0, 1), { method: "get", path: "users" }, ...puts.slice(1)],
  });
  return (await must(programPath("ruby"), [script("recorder.rb")], { input })).trim();
}

test("there is an example of each of Katello's calls with a body", () => {
  expect(CALLS).toEqual([
    "host_repository_mapping",
    "repository_list",
    "update_host_repositories",
    "update_hosts",
    "user_repository_mapping",
  ]);
});

test("the examples are what rest-client makes of them", async () => {
  const forms = await encodeAsKatello(CALLS.map(example));
  expect(forms).toEqual(CALLS.map((call) => readFileSync(join(EXAMPLES, `${call}.form`), "utf8")));
});

test("the examples are valid by the JSON Schema, and others are not, says Ruby's json-schema", async () => {
  const good = await schemaErrors(Object.fromEntries(CALLS.map((call) => [call, example(call)])));
  expect(Object.values(good).flat()).toEqual([]);
  const bad = await schemaErrors({
    repository_list: { repositories: [{ repository: "acme/app" }] },
    user_repository_mapping: { users: [{ alice: "acme/app" }] },
    update_hosts: { hosts: [{ uuid: "" }] },
    host_repository_mapping: { hosts: { a: [] } },
    update_host_repositories: { users: [] },
  });
  expect(Object.entries(bad).filter(([, errors]) => errors.length === 0)).toEqual([]);
});

test("a sync that VCR records keeps the contract", async () => {
  const cassette = await record();
  const { code, stdout } = await contract("check", cassette);
  expect(stdout).toBe("6 requests, 0 of them break the contract\n");
  expect(code).toBe(0);
  const broken = join(folder, "broken.yml");
  writeFileSync(
    broken,
    readFileSync(cassette, "utf8").replace("/container_gateway/users", "/container_gateway/logins"),
  );
  const found = await contract("check", broken);
  expect(found.code).toBe(2);
  expect(found.stdout).toContain(
    "GET /container_gateway/logins: the contract has no operation for it (openapi.yaml:",
  );
});

describe("the page for Katello developers", () => {
  const page = readFileSync(join(ROOT, "docs/katello-developers.md"), "utf8");
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, kind = "", text = ""]) => ({
    kind,
    text,
  }));
  const blockWith = (kind: string, part: string) =>
    blocks.find((block) => block.kind === kind && block.text.includes(part))?.text ?? "";

  test("has a unit test that takes a payload of Katello, and refuses another", async () => {
    const block = blockWith("ruby", "fully_validate");
    const unitTest = (payload: unknown) =>
      run(programPath("ruby"), ["-rjson", "-rjson-schema", "-"], {
        cwd: join(ROOT, "contract"),
        // As minitest has it.
        input: `def assert_empty(errors) = errors.empty? || abort(errors.join("\\n"))
          payload = JSON.parse('${JSON.stringify(payload)}')
          ${block}`,
      });
    const good = await unitTest(example("user_repository_mapping"));
    expect([good.code, good.said]).toEqual([0, ""]);
    expect((await unitTest({ users: [{ alice: "acme/app" }] })).code).not.toBe(0);
  });

  test("has a command that is green for what VCR records, and red for a call that has changed", async () => {
    const command = blockWith("", "contract check").trim();
    expect(blockWith("yaml", "runs-on")).toContain(`- run: ${command}\n`);
    const cassette = await record();
    const [, file = ""] = / check (\S+)$/.exec(command) ?? [];
    const place = join(folder, file);
    mkdirSync(dirname(place), { recursive: true });
    const bin = join(folder, "container-gateway");
    writeFileSync(bin, `#!/bin/sh\nexec ${ROOT}node_modules/.bin/tsx ${ROOT}src/cli.ts "$@"\n`, {
      mode: 0o755,
    });
    const asWritten = () => run("bash", ["-c", `PATH="${folder}:$PATH"; ${command}`], { cwd: folder });
    writeFileSync(place, readFileSync(cassette));
    const green = await asWritten();
    expect([green.code, green.stdout]).toEqual([0, "6 requests, 0 of them break the contract\n"]);
    writeFileSync(place, readFileSync(cassette, "utf8").replaceAll("auth_required", "needs_login"));
    const red = await asWritten();
    expect(red.code).toBe(2);
    expect(red.stdout).toMatch(/openapi\.yaml:\d+ #/);
  });
});

test("the page of the API's changes is up to date, and nothing is broken", async () => {
  await must("node_modules/.bin/tsx", ["scripts/contract-changes.ts", "--check"], { cwd: ROOT });
});

describe("a contract that breaks the released one", () => {
  const text = readFileSync(join(ROOT, "openapi.yaml"), "utf8");
  const broken = text.replace(/^ {2}\/users:\n(?: {4}.*\n)+/m, "");
  const nextMajor = broken.replace(/^ {2}version: .*$/m, "  version: 99.0.0");

  test.each([
    ["is refused", broken, "### Breaking\n\n- GET /users is gone", true],
    ["is refused as a new major version that the changelog does not explain", nextMajor, "### Added", true],
    ["may be a new major version with a line", nextMajor, "### Breaking\n\n- GET /users is gone", false],
  ])("%s", async (_, contractText, change, isRefused) => {
    expect(broken).not.toBe(text);
    const names = ["yaml", "md"].map((type) => `contract/breaking-${process.pid}.${type}`);
    const [contractFile = "", changelog = ""] = names;
    writeFileSync(join(ROOT, contractFile), contractText);
    writeFileSync(join(ROOT, changelog), `# Changelog\n\n## [Unreleased]\n\n${change}\n`);
    try {
      const args = ["scripts/contract-changes.ts", "--check", contractFile, `--changelog=${changelog}`];
      const { said } = await run("node_modules/.bin/tsx", args, { cwd: ROOT });
      const refusal = "breaks contract/released/";
      if (isRefused) expect(said).toContain(refusal);
      else {
        expect(said).not.toContain(refusal);
        expect(said).toContain("is out of date");
      }
    } finally {
      for (const name of names) rmSync(join(ROOT, name));
    }
  });
});
