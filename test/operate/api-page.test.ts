/** The API page in a real browser: it sends its examples, and nothing to other servers. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { authorize, openApiPage, sendExample } from "./api-page.ts";
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
  await openApiPage(page, world.http);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

test("anybody sends a request without credentials", async () => {
  const { status, body } = await sendExample(page, "getHealth");
  expect(status).toBe("200");
  expect(JSON.parse(body)).toEqual({ status: "ok" });
});

test("a login gets a token, with which a repository with slashes in its name is listed", async () => {
  await authorize(page, "foremanLogin", { "auth-basic-username": "alice", "auth-basic-password": "secret" });
  const login = await sendExample(page, "getToken");
  expect(login.status).toBe("200");
  const { token }: { token: string } = JSON.parse(login.body);
  await page.reload();
  await authorize(page, "registryToken", { "auth-bearer-value": token });
  const tags = await sendExample(page, "getTags", { name: "org/private-app" });
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
