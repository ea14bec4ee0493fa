/** The manual in a real browser, as a gateway serves it: its policy, both themes, the search, and every page. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { buildManual } from "../../scripts/manual/site.ts";
import { VERSION } from "../../src/model/version.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { accessibilityProblems, openPage, startBrowser, type WatchedPage } from "./browser.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MANUAL = join(ROOT, "build", "docs");
/** It is in the packages. */
const MAX_MANUAL_BYTES = 6_000_000;

let world: TestGateway;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
const requested = new Set<string>();

beforeAll(async () => {
  const { bytes } = buildManual(ROOT, MANUAL);
  expect(bytes).toBeLessThan(MAX_MANUAL_BYTES);
  [world, browser] = await Promise.all([startTestGateway({ browsers: true }), startBrowser()]);
  watched = await openPage(browser);
  page = watched.page;
  page.on("request", (request) => void requested.add(new URL(request.url()).origin));
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

const show = (path: string) => page.goto(`${world.adminUrl}/manual/${path}`);

test("it begins with the index, and its pages are sorted by kind", async () => {
  await page.goto(`${world.adminUrl}/manual`);
  await page.getByRole("heading", { name: "Documentation", level: 1 }).waitFor();
  const menu = page.getByRole("navigation", { name: "Sidebar Navigation" });
  for (const kind of ["Tutorial", "How-to", "Reference", "Explanation", "Project"])
    await menu.getByRole("heading", { name: kind, exact: true }).waitFor();
  await menu.getByRole("link", { name: "Upgrade and downgrade" }).click();
  await page.getByRole("heading", { name: "Upgrade and downgrade", level: 1 }).waitFor();
  expect(watched.problems).toEqual([]);
});

test("it says of which version it is", async () => {
  await show("settings.html");
  await page.getByRole("link", { name: `Container Gateway ${VERSION}` }).waitFor();
});

test("the search finds a setting, and leads to it", async () => {
  await show("");
  await page.getByRole("button", { name: "Search" }).first().click();
  await page.getByRole("searchbox").fill("outage_grace");
  const first = page.getByRole("listbox").getByRole("option").first();
  await first.waitFor();
  await first.click();
  await page.waitForURL(/\/manual\/[\w-]+\.html/);
  await page.locator(".vp-doc").getByText("outage_grace").first().waitFor();
  expect(watched.problems).toEqual([]);
});

test("braces are text", async () => {
  await show("compatibility.html");
  await page.getByText("--format '{{.SecretData}}'").waitFor();
  expect(watched.problems).toEqual([]);
});

test.each(["light", "dark"] as const)("it is readable in %s", async (scheme) => {
  await page.emulateMedia({ colorScheme: scheme });
  for (const path of ["", "settings.html", "about.html", "api/registry.html"]) {
    await show(path);
    await page.locator(scheme === "dark" ? "html.dark" : "html:not(.dark)").waitFor();
    expect([path, await accessibilityProblems(page)]).toEqual([path, []]);
  }
  expect(watched.problems).toEqual([]);
});

test("a reader switches the theme, and it stays", async () => {
  await page.emulateMedia({ colorScheme: "light" });
  await show("");
  await page.getByRole("switch", { name: "Switch to dark theme" }).first().click();
  await show("install.html");
  await page.locator("html.dark").waitFor();
  expect(watched.problems).toEqual([]);
});

test("every page keeps to the policy, and nothing comes from elsewhere", async () => {
  const pages = readdirSync(MANUAL, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".html"),
  );
  expect(pages.length).toBeGreaterThan(35);
  for (const path of pages) {
    await show(path);
    await page.locator(".VPContent").waitFor();
  }
  expect(watched.problems).toEqual([]);
  expect([...requested]).toEqual([world.adminUrl]);
}, 180_000);

test("the pictures of the README are as wide as they are drawn", async () => {
  await show("about.html");
  await page.getByText("Foreman with Katello│").waitFor();
  const heights: unknown = await page.evaluate(
    "[...document.querySelectorAll('.vp-doc pre')].map((pre) => getComputedStyle(pre).whiteSpace)",
  );
  expect(heights).toEqual(expect.arrayContaining(["pre"]));
});

test("the status page leads to it", async () => {
  const { page: other } = await openPage(browser);
  world.katello.setUser("admin", { password: "changeme", repositories: [], administrator: true });
  await other.goto(`${world.adminUrl}/ui/`);
  await other.getByLabel("Login").fill("admin");
  await other.getByLabel("Password or personal access token").fill("changeme");
  await other.keyboard.press("Enter");
  const opened = other.waitForEvent("popup");
  await other.getByRole("link", { name: "Manual" }).click();
  await (await opened).getByRole("heading", { name: "Documentation", level: 1 }).waitFor();
  await other.context().close();
});
