/** The status page in a real browser: each view, each action, both themes, phones, the keyboard, and a lost connection. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { pullAt, tokenAt } from "../support/calls.ts";
import { eventually } from "../support/eventually.ts";
import { testFolder } from "../support/gateway.ts";
import { accessibilityProblems, openPage, startBrowser, type WatchedPage } from "./browser.ts";
import { HOST, type PageWorld, REPOSITORIES_LIMIT, REPOSITORY, startPageWorld } from "./page-world.ts";
import { takePictures } from "./pictures.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** They are in the packages. */
const MAX_PICTURE_BYTES = 200_000;

let world: PageWorld;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

const VIEWS = ["overview", "syncs", "repositories", "users", "hosts", "explain", "audit", "settings"];
/** Pages of one user, host and repository, and an explanation. */
const DETAILS = [
  "users/alice",
  `hosts/${HOST}`,
  `repositories/${REPOSITORY}`,
  `explain?user=alice&repository=${encodeURIComponent(REPOSITORY)}`,
];

beforeAll(async () => {
  [world, browser] = await Promise.all([startPageWorld(), startBrowser()]);
  watched = await openPage(browser);
  page = watched.page;
  await page.goto(await world.link());
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await token("alice:secret");
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

let loads = 0;
/** Loads the page anew: a browser does nothing for the address that it shows already. */
const show = async (view: string, shown = page) => {
  loads += 1;
  await shown.goto(`${world.url}/ui/?${loads}#/${view}`);
  await shown.locator("h1").waitFor();
};

/** Confirms the dialog that is open, and returns what the page says then. */
async function confirmed(verb: string): Promise<string> {
  const before = await page.locator(".cgw-results .pf-v6-c-alert").count();
  await page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
  const result = page.locator(".cgw-results .pf-v6-c-alert").nth(before);
  await result.waitFor();
  return (await result.textContent()) ?? "";
}

/** Logs in as `name:password`; no token if that is refused. */
const token = (credentials: string): Promise<string> => {
  const [name = "", password = ""] = credentials.split(":");
  return tokenAt(world.http(), { name, password }).catch(() => "");
};

const pull = (bearer: string, name: string): Promise<number> => pullAt(world.http(), bearer, name);

describe("each view", () => {
  test.each([...VIEWS, ...DETAILS])(
    "%s has a heading, and no problem of accessibility in either theme",
    async (view) => {
      await show(view);
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.locator(scheme === "dark" ? ".pf-v6-theme-dark" : "html:not(.pf-v6-theme-dark)").waitFor();
        expect(await accessibilityProblems(page)).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: "light" });
      expect(watched.problems).toEqual([]);
    },
  );
});

test("the overview shows counts, parts, syncs, certificates, workers and charts", async () => {
  await show("overview");
  await page.getByRole("link", { name: /^Repositories ?20,000/ }).waitFor();
  for (const text of ["PostgreSQL", "Katello", "Pulp", "host grants", "ssl_certificate"])
    await page.getByText(text, { exact: true }).first().waitFor();
  expect(await page.getByRole("img", { name: /Requests per second/ }).count()).toBe(1);
  expect(await page.getByRole("region", { name: "Workers" }).getByRole("row").count()).toBe(3);
});

test("a problem shows by itself, with what helps", async () => {
  await show("overview");
  for (let attempt = 0; attempt < 12; attempt += 1) await token("mallory:wrong");
  await page.getByText(/locked out after failed logins/).waitFor();
  await page.getByText(/container-gateway unlock/).waitFor();
});

test("a sync that a newer one has overtaken has not failed", async () => {
  await world.sql(
    "INSERT INTO pushes (kind, request_id, caller, outcome) VALUES ('hosts', 'late', 'unix', 'outdated: a newer sync has been applied')",
  );
  for (const [view, within] of [
    ["syncs", page.getByRole("grid", { name: "Syncs" })],
    ["overview", page.getByRole("region", { name: "Last sync of each kind" })],
  ] as const) {
    await show(view);
    await within.getByText("outdated", { exact: true }).waitFor();
    expect(await within.getByText("failed").count()).toBe(0);
  }
});

describe("repositories", () => {
  test("are 20,000, paged and searched at the gateway", async () => {
    await show("repositories");
    await page.getByText(`1–50 of 20,000 repositories`).waitFor();
    expect(await page.getByRole("row").count()).toBe(51);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("51–100 of 20,000 repositories").waitFor();
    const started = performance.now();
    await page.getByRole("searchbox").fill("REDIS-19");
    await page.getByText(/^1–50 of 125 repositories$/).waitFor();
    expect(performance.now() - started).toBeLessThan(3_000);
    const last = world.names[REPOSITORIES_LIMIT - 1] ?? "";
    await page.getByRole("searchbox").fill(last);
    await page.getByText("1–1 of 1 repository").waitFor();
    await page.getByRole("link", { name: last }).click();
    await page.getByRole("heading", { name: last }).waitFor();
  });
});

describe("an explanation", () => {
  test("needs two fields, and gives its reasons", async () => {
    const [granted = "", , , , , , , , , , , , , other = ""] = world.names;
    await show("explain");
    await page.getByLabel("Who").fill("alice");
    await page.getByLabel("Repository").fill(other);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText(`Refused: user alice and ${other} (a pull gets 404)`).waitFor();
    await page.getByText(/give the user a role/).waitFor();
    await page.getByLabel("Who").fill("");
    await page.getByLabel("Repository").fill(granted);
    await page.keyboard.press("Enter");
    await page.getByText(`Allowed: an anonymous caller and ${granted}`).waitFor();
    await page.reload();
    await page.getByText(`Allowed: an anonymous caller and ${granted}`).waitFor();
  });
});

describe("the audit log", () => {
  test("is live and filtered", async () => {
    await token("mallory:wrong");
    await show("audit");
    await page.getByRole("row").filter({ hasText: "mallory" }).first().waitFor();
    await page.getByLabel("Login, uuid or name").fill("bob");
    await page.getByRole("row").filter({ hasText: "mallory" }).first().waitFor({ state: "detached" });
    const rows = () => page.getByRole("row").filter({ hasText: "login bob" }).count();
    const before = await rows();
    await token("alice:secret");
    await token("bob:hunter2");
    await eventually("the login shows", async () => (await rows()) > before);
    expect(await page.getByRole("row").filter({ hasText: "alice" }).count()).toBe(0);
  });
});

test("settings have values and origins, and no secret", async () => {
  await show("settings");
  const row = page.getByRole("row").filter({ hasText: "audit_log" }).first();
  await row.getByText(/page\.yml:\d+/).waitFor();
  await page.getByLabel(/only those that are set/).check();
  expect(await page.getByText("default", { exact: true }).count()).toBe(0);
  await page.getByRole("searchbox").fill("db_connection_string");
  await page.getByText("1 setting", { exact: true }).waitFor();
  expect(await page.content()).not.toMatch(/PRIVATE KEY-/);
});

describe("actions", () => {
  test("tokens of a user end", async () => {
    const bearer = await token("alice:secret");
    const [, name = ""] = world.names;
    expect(await pull(bearer, name)).not.toBe(401);
    await show("users/alice");
    await page.getByRole("button", { name: "Revoke tokens" }).click();
    expect(await confirmed("End tokens")).toMatch(/1 token of alice ended/);
    await page.getByText("The user has no valid token.").waitFor();
    expect(await pull(bearer, name)).toBe(401);
  });

  test("one token ends", async () => {
    await token("alice:secret");
    await show("users/alice");
    await page.getByRole("button", { name: "End", exact: true }).click();
    expect(await confirmed("End token")).toMatch(/the token has ended/);
  });

  test("a cancelled dialog does nothing", async () => {
    const bearer = await token("alice:secret");
    await show("users/alice");
    await page.getByRole("button", { name: "Revoke tokens" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await pull(bearer, world.names[1] ?? "")).not.toBe(401);
  });

  test("a host is revoked", async () => {
    await show(`hosts/${HOST}`);
    await page.getByRole("button", { name: "Revoke" }).click();
    expect(await confirmed("Delete")).toMatch(/deleted/);
    await page.getByRole("heading", { name: "Hosts" }).waitFor();
  });

  test("an account is unlocked", async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) await token("bob:wrong");
    expect(await token("bob:hunter2")).toBe("");
    await show("users");
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByRole("dialog").getByLabel("Login").fill("bob");
    expect(await confirmed("Unlock")).toMatch(/unlocked/);
    await token("bob:hunter2");
    await show("users/bob");
    await page.getByRole("button", { name: "Unlock" }).click();
    expect(await confirmed("Unlock")).toMatch(/no failed logins|unlocked/);
  });

  test("the log level changes for all workers, and caches are cleared", async () => {
    await show("overview");
    await page.getByRole("button", { name: "Log level" }).click();
    await page.getByLabel("Level", { exact: true }).selectOption("debug");
    expect(await confirmed("Change")).toMatch(/the log level of 2 workers is debug/);
    await page.getByRole("region", { name: "Workers" }).getByText("debug").first().waitFor();
    await page.getByRole("button", { name: "Clear caches" }).click();
    expect(await confirmed("Clear")).toMatch(/the caches of 2 workers are empty/);
  });

  test("the caches of a repository are cleared", async () => {
    const [, name = ""] = world.names;
    await show(`repositories/${name}`);
    await page.getByRole("button", { name: "Clear caches" }).click();
    expect(await confirmed("Clear")).toContain(`the caches of 2 workers hold nothing about ${name}`);
    await show("audit");
    await page.getByLabel("Login, uuid or name").fill("link");
    await page
      .getByRole("row", { name: /deleteCache/ })
      .first()
      .waitFor();
  });

  test("are in the audit log with the session's name", async () => {
    await show("audit");
    await page.getByLabel("Login, uuid or name").fill("link");
    for (const operation of [
      "deleteUserTokens",
      "deleteToken",
      "deleteHost",
      "deleteLockouts",
      "putLogLevel",
      "deleteCache",
    ])
      await page
        .getByRole("row", { name: new RegExp(operation) })
        .first()
        .waitFor();
  });

  test("settings are reloaded, and the page and its session go on", async () => {
    await show("overview");
    const workers = page.getByRole("region", { name: "Workers" });
    const before = await workers.textContent();
    await page.getByRole("button", { name: "Reload" }).click();
    expect(await confirmed("Reload")).toMatch(/reloaded: \d+ new workers? serve/);
    await eventually(
      "new workers show",
      async () => {
        const pids = (text: string | null) => /Process.*?(\d{3,})/.exec(text ?? "")?.[1];
        return pids(await workers.textContent()) !== pids(before);
      },
      60,
    );
    await page.getByText("live", { exact: true }).waitFor();
    expect(watched.problems).toEqual([]);
  });
});

describe("sessions", () => {
  test("a Foreman administrator signs in, others do not", async () => {
    const { page: other, problems } = await openPage(browser);
    await other.goto(world.url);
    await other.getByLabel("Login").fill("alice");
    await other.getByLabel("Password or personal access token").fill("secret");
    await other.getByRole("button", { name: "Sign in" }).click();
    await other.getByText("this account is no administrator in Foreman").waitFor();
    expect(await accessibilityProblems(other)).toEqual([]);
    await other.getByLabel("Login").fill("admin");
    await other.getByLabel("Password or personal access token").fill("changeme");
    await other.keyboard.press("Enter");
    await other.getByRole("heading", { name: "Overview" }).waitFor();
    await other.getByText("admin", { exact: true }).waitFor();
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.getByRole("button", { name: "Sign in" }).waitFor();
    await other.reload();
    await other.getByRole("button", { name: "Sign in" }).waitFor();
    expect(problems).toEqual([]);
    await other.context().close();
  });

  test("a used link leads to the sign-in", async () => {
    const link = await world.link();
    for (const expected of ["Overview", "Container Gateway"]) {
      const { page: other } = await openPage(browser);
      await other.goto(link);
      await other.getByRole("heading", { name: expected, exact: true }).waitFor();
      if (expected !== "Overview") await other.getByText(/has been used or is too old/).waitFor();
      expect(other.url()).not.toContain("link=");
      await other.context().close();
    }
  });
});

test.each([1280, 1000])("no table is wider than its card in a window of %d pixels", async (width) => {
  await page.setViewportSize({ width, height: 900 });
  try {
    for (const view of VIEWS) {
      await show(view);
      if (view !== "explain") await page.getByRole("row").nth(1).waitFor();
      const wide = await page.evaluate(
        "[...document.querySelectorAll('table')].filter((table) => table.scrollWidth > table.parentElement.clientWidth).map((table) => table.getAttribute('aria-label'))",
      );
      expect([view, wide]).toEqual([view, []]);
    }
  } finally {
    await page.setViewportSize({ width: 1280, height: 900 });
  }
});

describe("a phone", () => {
  /** The smallest width without scrolling sideways: WCAG 2.2, 1.4.10. */
  const PHONE = { width: 320, height: 740 };
  // The host is deleted by now.
  const views = [...VIEWS, ...DETAILS].filter((view) => view !== `hosts/${HOST}`);

  test.each(views)("shows %s without scrolling sideways", async (view) => {
    await page.setViewportSize(PHONE);
    try {
      await show(view);
      if (view !== "explain") await page.locator("#main :is(td, dd, .cgw-facts li)").first().waitFor();
      const wide = await page.evaluate(
        `[...document.querySelectorAll('html, body *')]
          .filter((element) => Math.max(element.scrollWidth, element.getBoundingClientRect().right) > ${PHONE.width})
          .map((element) => element.localName + " " + element.className + ": " + element.textContent.replace(/\\s+/g, " ").slice(0, 50))`,
      );
      expect(wide).toEqual([]);
    } finally {
      await page.setViewportSize({ width: 1280, height: 900 });
    }
  });

  test("has its navigation in a menu", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await show("overview");
    await page.getByRole("button", { name: "Navigation" }).click();
    await page.getByRole("link", { name: "Hosts", exact: true }).click();
    await page.getByRole("heading", { name: "Hosts" }).waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

test("the keyboard alone reaches the views and an action", async () => {
  await show("users/alice");
  await page.reload();
  await page.locator("h1").waitFor();
  const focused = () => page.evaluate("document.activeElement.textContent.trim()");
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 60; presses += 1) {
      if ((await focused()) === name) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${name} can't be reached by Tab`);
  };
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the content");
  await tabTo("Syncs");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Syncs" }).waitFor();
  await show("users/alice");
  await tabTo("Unlock");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo("Unlock");
  await page.keyboard.press("Enter");
  await page
    .locator(".cgw-results")
    .getByText(/failed logins|unlocked/)
    .last()
    .waitFor();
});

test("the theme that was chosen stays", async () => {
  await show("overview");
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  await page.locator("html.pf-v6-theme-dark").waitFor();
  await page.reload();
  await page.locator("html.pf-v6-theme-dark").waitFor();
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  await page.locator("html:not(.pf-v6-theme-dark)").waitFor();
});

test("pictures for the documentation are taken", async () => {
  const folder =
    process.env.PICTURES === undefined ? join(testFolder(), "pictures") : join(ROOT, "docs", "images");
  const sizes = await takePictures(world, browser, folder);
  expect(Object.keys(sizes)).toHaveLength(7);
  for (const [name, size] of Object.entries(sizes))
    expect([name, size > 10_000 && size < MAX_PICTURE_BYTES]).toEqual([name, true]);
});

describe("a lost connection", () => {
  const LOST = /connection to the gateway is lost/;

  test("to workers that hang is shown, and comes back by itself with the session", async () => {
    await show("overview");
    // A page that has shown nothing yet has nothing that is old.
    await page.getByRole("link", { name: /^Repositories ?20,000/ }).waitFor();
    world.signalWorkers("SIGSTOP");
    try {
      await page.getByText(LOST).waitFor({ timeout: 30_000 });
    } finally {
      world.signalWorkers("SIGCONT");
    }
    await page.getByText(LOST).waitFor({ state: "detached" });
    await page.getByText("live", { exact: true }).waitFor();
    expect(watched.problems).toEqual([]);
  });

  test("to a gateway that has died is shown, and its successor asks to sign in again", async () => {
    await world.fail();
    await page.getByText(LOST).waitFor();
    await world.start();
    await page.getByText("The session has ended: sign in again.").waitFor();
  });
});
