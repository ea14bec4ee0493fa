/** Pictures of the status page for the documentation. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { pullAt, tokenAt } from "../support/calls.ts";
import { openPage } from "./browser.ts";
import type { PageWorld } from "./page-world.ts";

/** Fills the charts with a made-up hour: a site that is busy for an hour would take an hour. */
const BUSY_HOUR = `import("/ui/live.js").then(({ live }) => {
  const now = Math.floor(Date.now() / 15000) * 15000;
  for (let slot = 0; slot < 240; slot += 1) {
    const wave = 600 + 380 * Math.sin(slot / 23) + 140 * Math.sin(slot / 5) + 90 * Math.sin(slot * 1.7);
    const at = new Date(now - slot * 15000).toISOString();
    const requests = Math.round(15 * wave);
    const median_ms = 1.2 + 0.3 * Math.sin(slot / 9);
    const p95_ms = 6 + 2 * Math.sin(slot / 13) + (slot > 90 && slot < 104 ? 9 : 0);
    const errors = slot > 90 && slot < 104 ? 900 : 0;
    live.samples.set(at, { at, requests, errors, limited: slot % 40 === 0 ? 300 : 0, refused_logins: slot % 30 === 0 ? 1 : 0, median_ms, p95_ms });
  }
  live.dispatchEvent(new Event("history"));
})`;

const show = async (page: Page, address: string) => {
  await page.goto(address.replace("/ui/", `/ui/?${Date.now()}`));
  await page.locator("h1").waitFor();
};

/** Takes the pictures. @returns their sizes in bytes, by name */
export async function takePictures(
  world: PageWorld,
  browser: Browser,
  folder: string,
): Promise<Readonly<Record<string, number>>> {
  mkdirSync(folder, { recursive: true });
  const sizes: Record<string, number> = {};
  const { page } = await openPage(browser, { viewport: { width: 1280, height: 860 } });
  const take = async (name: string) => {
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path, animations: "disabled" });
    sizes[name] = statSync(path).size;
  };
  const at = (view: string) => `${world.url}/ui/#/${view}`;
  // The numbers of grants are PostgreSQL's estimates.
  await world.sql("ANALYZE");
  await page.goto(await world.link());
  await page.locator(".cgw-count").first().waitFor();
  await page.evaluate(BUSY_HOUR);
  await take("overview");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html.pf-v6-theme-dark").waitFor();
  await take("overview-dark");
  await page.emulateMedia({ colorScheme: "light" });
  const query = new URLSearchParams({ who: "alice", repository: world.names[14] ?? "" });
  await show(page, at(`explain?${query}`));
  await page.getByText(/Refused: user alice/).waitFor();
  await take("explain");
  await show(page, at("repositories"));
  await page.getByText(/of 20,000 repositories/).waitFor();
  await take("repositories");
  const token = await tokenAt(world.http(), { name: "alice", password: "secret" });
  await pullAt(world.http(), token, world.names[14] ?? "");
  await world.command("cache", "clear", world.names[14] ?? "");
  await show(page, at("audit"));
  await page.getByText("deleteCache").first().waitFor();
  await take("audit");
  await show(page, at("settings"));
  await page.getByRole("row").nth(1).waitFor();
  await take("settings");
  await page.setViewportSize({ width: 390, height: 844 });
  await show(page, at("overview"));
  await page.locator(".cgw-count").first().waitFor();
  await take("phone");
  await page.context().close();
  return sizes;
}
