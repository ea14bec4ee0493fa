/** What `/manual/` serves: the built site under a policy with the hashes of its scripts, or how to build it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { Pages } from "../../src/http/api-pages.ts";
import { createManualPages } from "../../src/http/manual-pages.ts";

const folder = mkdtempSync(join(tmpdir(), "cgw-manual-"));
afterAll(() => rmSync(folder, { recursive: true }));
const NONE: Pages = { include: () => false, send: async () => {} };

/** Gets a path from the pages of a folder; those that are not of the manual are 404. */
async function load(path: string, site: string) {
  const pages = createManualPages(NONE, [join(folder, "missing"), site]);
  const server = createServer((request, response) => {
    if (pages.include(request)) void pages.send(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" });
  const text = await reply.text();
  server.close();
  return { status: reply.status, headers: reply.headers, text };
}

test("a clone without a built site says how to build it", async () => {
  const { status, text, headers } = await load("/manual/", join(folder, "empty"));
  expect([status, text]).toEqual([200, expect.stringContaining("npm run docs")]);
  expect(headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self';/);
});

test("scripts in a page run by their hashes, and those of other files not at all", async () => {
  const site = join(folder, "site");
  mkdirSync(join(site, "assets"), { recursive: true });
  writeFileSync(
    join(site, "index.html"),
    '<script id="a">alert(1)</script><script type="module" src="x.js"></script>',
  );
  writeFileSync(join(site, "assets/x.js"), "alert(1)");
  writeFileSync(join(folder, "secret"), "");
  const page = await load("/manual/", site);
  // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
  expect(page.headers.get("content-security-policy")).toContain(
    "script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';",
  );
  const script = await load("/manual/assets/x.js", site);
  expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(script.headers.get("content-security-policy")).toContain("script-src 'self';");
  expect((await load("/manual", site)).headers.get("location")).toBe("/manual/");
  for (const path of ["/manual/../secret", "/manual/%2e%2e/secret", "/manual/assets/", "/manual/y.html"])
    expect([path, (await load(path, site)).status]).toEqual([path, 404]);
});
