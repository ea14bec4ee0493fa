/** The manual in the packages: the same bytes when it is built again, and served by the installed gateway's files. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { deadLinks } from "../../scripts/manual/dead-links.ts";
import { buildManual } from "../../scripts/manual/site.ts";
import { anchorOf } from "../../scripts/manual/sources.ts";
import { must, run } from "../clients/command.ts";
import { ROOT } from "./folders.ts";
import { editionFolder } from "./made.ts";

const installed = join(editionFolder("new"), "root/usr/lib/container-gateway/manual");
const folder = mkdtempSync("/dev/shm/cgw-manual-");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("it is the same bytes when it is built again", async () => {
  const again = join(folder, "again");
  const { pages } = buildManual(ROOT, again);
  expect(pages).toBeGreaterThan(35);
  expect(await run("diff", ["--recursive", "--brief", installed, again])).toMatchObject({
    code: 0,
    said: "",
  });
});

test("its links lead somewhere, and a dead one is found", async () => {
  expect(deadLinks(installed, "/manual/")).toEqual([]);
  const broken = join(folder, "broken");
  await must("cp", ["-r", installed, broken]);
  rmSync(join(broken, "install.html"));
  expect(deadLinks(broken, "/manual/")).toContain("index.html: /manual/install.html: there is no such file");
});

test("it has the API, and the contract itself", () => {
  expect(readFileSync(join(installed, "api/registry.html"), "utf8")).toContain(
    "/v2/{name}/manifests/{reference}",
  );
  expect(readFileSync(join(installed, "files/openapi.yaml"), "utf8")).toBe(
    readFileSync(join(ROOT, "openapi.yaml"), "utf8"),
  );
  expect(anchorOf("A PostgreSQL that fails over")).toBe("a-postgresql-that-fails-over");
});
