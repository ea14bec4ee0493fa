/** The API page in a real browser: it sends its examples, and nothing to other servers. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openPage, startBrowser, type WatchedPage } from "./browser.ts";

let world: TestGateway;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
const requested = new Set<string>();

beforeAll(async () => {
  [world, browser] = await Promise.all([startTestGateway(), startBrowser()]);
  watched = await openPage(browser);
  page = watched.page;
  page.on("request", (request) => void requested.add(new URL(request.url()).origin));
  await page.goto(`${world.http}/docs/`);
  await page.locator("#operations-operation-getHealth").waitFor();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

/** Sends the example of an operation with other values of its parameters; returns the status and the body of the reply. */
async function execute(tag: string, operation: string, values: Readonly<Record<string, string>> = {}) {
  const block = page.locator(`#operations-${tag}-${operation}`);
  if (!(await block.getAttribute("class"))?.includes("is-open"))
    await block.locator(".opblock-summary-control").click();
  for (const [name, value] of Object.entries(values))
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  await block.getByRole("button", { name: "Execute" }).click();
  const reply = block.locator(".live-responses-table tbody .response");
  await reply.waitFor();
  return {
    status: (await reply.locator(".response-col_status").textContent())?.trim(),
    body: (await reply.locator(".highlight-code code").textContent()) ?? "",
  };
}

/** Enters credentials of a scheme. */
async function authorize(scheme: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await page.locator(".auth-wrapper > .authorize").click();
  const part = page.locator(".auth-container", { has: page.locator("h4 code", { hasText: scheme }) });
  for (const [label, value] of Object.entries(fields))
    await part.getByLabel(label, { exact: true }).fill(value);
  await part.getByRole("button", { name: "Apply credentials" }).click();
  await page.locator(".modal-ux .close-modal").click();
}

test("anybody sends a request without credentials", async () => {
  const { status, body } = await execute("operation", "getHealth");
  expect(status).toBe("200");
  expect(JSON.parse(body)).toEqual({ status: "ok" });
});

test("a login gets a token, with which a repository with slashes in its name is listed", async () => {
  await authorize("foremanLogin", { "auth-basic-username": "alice", "auth-basic-password": "secret" });
  const login = await execute("registry", "getToken");
  expect(login.status).toBe("200");
  const { token }: { token: string } = JSON.parse(login.body);
  await page.reload();
  await authorize("registryToken", { "auth-bearer-value": token });
  const tags = await execute("registry", "getTags", { name: "org/private-app" });
  expect(tags.status).toBe("200");
  expect(JSON.parse(tags.body)).toMatchObject({ name: "org/private-app" });
});

test("requests that change something can't be sent, and nothing goes to other servers", async () => {
  const block = page.locator("#operations-katello-putRepositories");
  await block.locator(".opblock-summary-control").click();
  await block.getByRole("heading", { name: "Responses" }).first().waitFor();
  expect(await block.getByRole("button", { name: "Execute" }).count()).toBe(0);
  expect([...requested]).toEqual([world.http]);
  expect(watched.problems).toEqual([]);
});
