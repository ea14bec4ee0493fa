/** The rpm in an empty root: installed, verified, equal to the deb, upgraded, removed. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { must, run } from "../clients/command.ts";
import { ROOT } from "./folders.ts";
import { packageFile } from "./made.ts";
import { NEXT_VERSION } from "./versions.ts";

let folder: string;
let root: string;
beforeAll(async () => {
  folder = mkdtempSync("/dev/shm/cgw-rpm-");
  root = join(folder, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  await must("rpm", ["--root", root, "--initdb"]);
  // The account that systemd makes on a machine.
  mkdirSync(join(root, "usr/lib/sysusers.d"), { recursive: true });
  const accounts = "container-gateway.conf";
  cpSync(join(ROOT, "packaging/sysusers", accounts), join(root, "usr/lib/sysusers.d", accounts));
  await must("systemd-sysusers", [`--root=${root}`, accounts]);
  rmSync(join(root, "usr"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The root has neither Node.js nor a shell. */
const ALONE = ["--nodeps", "--noscripts"];
const rpm = (...args: string[]) => run("rpm", ["--root", root, ...args]);
const installed = async () => (await rpm("-q", "container-gateway")).stdout.trim();

describe("the rpm", () => {
  test("is installed into an empty root, and verified", async () => {
    expect((await rpm("--install", ...ALONE, packageFile("old", "rpm"))).code).toBe(0);
    expect(await rpm("--verify", "--nodeps", "container-gateway")).toMatchObject({ code: 0, stdout: "" });
  });

  test("is upgraded, and keeps the settings", async () => {
    const before = await installed();
    await must("sh", [
      "-c",
      'echo "log_level: debug" >> "$1"',
      "sh",
      join(root, "etc/container-gateway/settings.yml"),
    ]);
    expect((await rpm("--upgrade", ...ALONE, packageFile("new", "rpm"))).code).toBe(0);
    expect(await installed()).not.toBe(before);
    expect(await installed()).toContain(NEXT_VERSION);
    // Size, checksum and time of a configuration file may differ, and of nothing else.
    const { stdout: differs } = await rpm("--verify", "--nodeps", "container-gateway");
    expect(differs).toMatch(/^S\.5\.{4}T\. +c \/etc\/container-gateway\/settings\.yml\n$/);
    expect(readdirSync(join(root, "etc/container-gateway"))).toEqual(["settings.yml"]);
  });

  test("has the same files as the deb", async () => {
    const deb = join(folder, "deb");
    await must("dpkg-deb", ["--extract", packageFile("new", "deb"), deb]);
    for (const part of [
      "usr/lib",
      "usr/bin",
      "usr/share/container-gateway",
      "usr/share/man",
      "usr/share/bash-completion",
    ])
      expect(await run("diff", ["-r", "--no-dereference", join(deb, part), join(root, part)])).toMatchObject({
        code: 0,
        said: "",
      });
  });

  test("its program runs there", async () => {
    const program = join(root, "usr/lib/container-gateway/dist/cli.js");
    expect(await must(process.execPath, [program, "--version"])).toBe(`container-gateway ${NEXT_VERSION}\n`);
  });

  test("is removed, and leaves the changed settings alone", async () => {
    const { code } = await rpm("--erase", "--noscripts", "container-gateway");
    expect(code).toBe(0);
    const left = await must("find", [root, "-name", "*container-gateway*"]);
    expect(left.trim().split("\n")).toEqual([join(root, "etc/container-gateway")]);
    expect(readdirSync(join(root, "etc/container-gateway"))).toEqual(["settings.yml.rpmsave"]);
  });

  test("needs Node.js in a version that runs it, and says so with the epoch of Enterprise Linux", async () => {
    const requires = await must("rpm", ["-qp", "--requires", packageFile("new", "rpm")]);
    expect(requires).toMatch(/^nodejs >= 1:20\.19$/m);
  });
});

describe("the scripts of the packages", () => {
  test.each(["postinstall", "preremove", "postremove"])("%s is a correct script for sh", async (name) => {
    const { code, said } = await run("dash", ["-n", join(ROOT, `packaging/maintainer/${name}.sh`)]);
    expect([code, said]).toEqual([0, ""]);
  });
});
