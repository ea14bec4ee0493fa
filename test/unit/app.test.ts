import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "@jest/globals";
import type { Api } from "../../src/http/api.ts";
import { createApp } from "../../src/http/app.ts";

/** Whether a request is the API's at once, before Express has touched it. */
async function goesToApi(method: string, url: string): Promise<boolean> {
  let handled = false;
  const api = {
    find: () => undefined,
    handle: () => {
      handled = true;
      return Promise.resolve();
    },
  };
  const untouched = () => {
    throw new Error("Express has the request");
  };
  const request = { method, url, rawHeaders: ["Host", "localhost"], httpVersion: "1.1" };
  const response = new Proxy({}, { get: untouched, set: untouched });
  const app = createApp(api as unknown as Api);
  try {
    await app(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  } catch {
    return false;
  }
  return handled;
}

describe("Express, which takes long to resolve a path, gets the pages", () => {
  test.each(["/", "/docs", "/docs/", "/docs/page.js", "/docs/swagger-ui.css", "http://localhost?x"])(
    "%s",
    async (url) => {
      expect([await goesToApi("GET", url), await goesToApi("HEAD", url)]).toEqual([false, false]);
    },
  );

  test.each([
    `/docs/${"../".repeat(20_000)}`,
    `/docs/${"a/../".repeat(10_000)}`,
    `/docs/${"%2e%2e/".repeat(8_000)}`,
    `/docs/?${"../".repeat(20_000)}`,
    `http://localhost/docs/${"../".repeat(20_000)}`,
    "/docs/../docs/",
    "/docs/package.json",
    "/docs/swagger-ui.css/",
    "/docs//swagger-ui.css",
    "/docs/swagger-ui%2ecss",
    "/users",
    "/v2/",
  ])("and no other path: %.40s", async (url) => {
    expect(await goesToApi("GET", url)).toBe(true);
  });

  test("and no other method", async () => {
    expect(await goesToApi("POST", "/docs/")).toBe(true);
  });
});
