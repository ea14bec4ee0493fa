/** `npm run release` in a clone: what it refuses, what it changes and makes, and that the same release is the same bytes. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { must, run } from "../clients/command.ts";
import { ROOT } from "./folders.ts";
import { NEXT_VERSION } from "./versions.ts";

const env = {
  HOME: process.env.HOME ?? "/root",
  PATH: process.env.PATH ?? "",
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? "/root", ".cache"),
};

let folder: string;
let clone: string;
beforeAll(async () => {
  folder = mkdtempSync("/dev/shm/cgw-release-");
  clone = join(folder, "clone");
  await must("git", ["clone", "--quiet", ROOT, clone], { env });
  // Right after a release the changelog has nothing new.
  const changelog = join(clone, "CHANGELOG.md");
  const text = readFileSync(changelog, "utf8");
  writeFileSync(changelog, text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- A change.\n"));
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  await must("git", [...author, "commit", "--quiet", "--all", "--message", "Change"], { cwd: clone, env });
  await must("cp", ["-a", join(ROOT, "node_modules"), join(clone, "node_modules")]);
  // Those of the manual, and the manual itself: it is built anew only if the release changes a page.
  await must("cp", ["-a", join(ROOT, "site/node_modules"), join(clone, "site/node_modules")]);
  cpSync(join(ROOT, "dist"), join(clone, "dist"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const release = (...args: string[]) =>
  run("npm", ["run", "--silent", "release", "--", ...args], { cwd: clone, env, seconds: 290 });

describe("a release is refused", () => {
  test.each([
    ["without a version", [], /^usage: npm run release -- X\.Y\.Z/],
    ["with a version that is none", ["next"], /^usage: /],
    ["with an older version", ["0.0.9"], /^0\.0\.9 is not newer than /],
  ])("%s", async (_, args, text) => {
    const { code, said } = await release(...args);
    expect([code, said]).toEqual([1, expect.stringMatching(text)]);
  });

  test("with a tree that has changes", async () => {
    writeFileSync(join(clone, "stray"), "");
    const { code, said } = await release(NEXT_VERSION);
    rmSync(join(clone, "stray"));
    expect([code, said]).toEqual([1, expect.stringMatching(/changes that are not committed:\n.*stray/)]);
  });
});

describe("a release", () => {
  const build = (name: string) => join(clone, "build", name);
  let said: string;
  beforeAll(async () => {
    const outcome = await release(NEXT_VERSION);
    said = outcome.said;
    if (outcome.code !== 0) throw new Error(said);
  }, 300_000);

  test("says how to publish it, and names its version everywhere", async () => {
    expect(said).toContain(`git tag v${NEXT_VERSION}`);
    const changed = await must("git", ["diff", "--name-only"], { cwd: clone });
    expect(changed.trim().split("\n")).toEqual([
      "CHANGELOG.md",
      "clients/typescript/package.json",
      "docs/api-changelog.md",
      "openapi.yaml",
      "package-lock.json",
      "package.json",
      "src/generated/contract.ts",
    ]);
    const contract = readFileSync(join(clone, "openapi.yaml"), "utf8");
    expect(readFileSync(join(clone, `contract/released/${NEXT_VERSION}.yaml`), "utf8")).toBe(contract);
    const { packages } = JSON.parse(readFileSync(join(clone, "package-lock.json"), "utf8"));
    expect([packages[""].version, packages["clients/typescript"].version]).toEqual([
      NEXT_VERSION,
      NEXT_VERSION,
    ]);
    expect(readFileSync(join(clone, "docs/api-changelog.md"), "utf8")).toMatch(
      new RegExp(`^## ${NEXT_VERSION.replaceAll(".", "\\.")}\n\nSince `, "m"),
    );
    expect(readFileSync(join(clone, "CHANGELOG.md"), "utf8")).toMatch(
      new RegExp(`^## \\[Unreleased\\]\\n\\n## \\[${NEXT_VERSION}\\] - \\d{4}-\\d\\d-\\d\\d$`, "m"),
    );
  });

  test("has checksums of a deb, an rpm, a tarball, the client and a bill of materials", async () => {
    await must("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: join(clone, "build") });
    expect(readFileSync(build("SHA256SUMS"), "utf8").match(/ {2}\S+$/gm)).toEqual([
      `  container-gateway-${NEXT_VERSION}-1.noarch.rpm`,
      `  container-gateway-${NEXT_VERSION}.cdx.json`,
      `  container-gateway-${NEXT_VERSION}.tgz`,
      `  container-gateway-client-${NEXT_VERSION}.tgz`,
      `  container-gateway_${NEXT_VERSION}-1_all.deb`,
    ]);
    const bill = JSON.parse(readFileSync(build(`container-gateway-${NEXT_VERSION}.cdx.json`), "utf8"));
    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      metadata: { component: { version: NEXT_VERSION } },
    });
    const names: string[] = bill.components.map(({ name }: { name: string }) => name);
    expect(names).toContain("express");
    expect(names).not.toContain("typescript");
    expect(JSON.stringify(bill)).not.toContain("container-gateway-client");
  });

  test("is the same bytes when it is made again elsewhere", async () => {
    const again = join(folder, "again");
    mkdirSync(again);
    await must("npm", ["run", "--silent", "package", "--", "--all", "--target", again], {
      cwd: clone,
      env,
      seconds: 170,
    });
    expect(readFileSync(join(again, "SHA256SUMS"), "utf8")).toBe(readFileSync(build("SHA256SUMS"), "utf8"));
  });

  test("its tarball is installed without a network", async () => {
    const prefix = join(folder, "prefix");
    const args = ["--offline", "--global", "--prefix", prefix, "--cache", join(folder, "empty")];
    await must("npm", ["install", ...args, build(`container-gateway-${NEXT_VERSION}.tgz`)], { env });
    const program = join(prefix, "bin/container-gateway");
    expect(await must(program, ["--version"], { env })).toBe(`container-gateway ${NEXT_VERSION}\n`);
    expect(await must(program, ["check", "--help"], { env })).toMatch(/^usage: /);
  });
});
