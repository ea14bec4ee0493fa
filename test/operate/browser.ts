/** A real browser: Debian's Chromium, driven by playwright-core. Violations of the policy and errors of scripts fail the tests. */
import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Time for which an element is waited for: shorter than that of a test, so that the error names the element. */
const TIMEOUT_MS = 15_000;

const CHROMIUM = "/usr/bin/chromium";

/** @throws Error that says how to install a missing browser */
export function startBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error("chromium is missing: apt-get install chromium");
  // The tests run as root, for whom Chromium has no sandbox.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** A page, and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: string[];
}

/** Opens a page in a context of its own, without cookies. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const problems: string[] = [];
  page.on("pageerror", (error) => void problems.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) problems.push(message.text());
  });
  return { page, problems };
}

/** Serious findings of axe, each with the elements that it concerns. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // A colour that changes is neither the old nor the new one.
  await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
  await page.evaluate(axe.source);
  const results: axe.AxeResults = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
    );
}
