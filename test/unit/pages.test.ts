import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { createPages } from "../../src/http/api-pages.ts";

const pages = createPages([]);

const isPage = (method: string, url: string): boolean =>
  pages.include({
    method,
    url,
    rawHeaders: ["Host", "localhost"],
    httpVersion: "1.1",
  } as unknown as IncomingMessage);

/** Express resolves long paths slowly, so only the exact paths of pages reach it. */
describe("Express", () => {
  test.each(["/", "/docs", "/docs/", "/docs/page.js", "/docs/swagger-ui.css", "http://localhost?x"])(
    "gets the page %s",
    (url) => {
      expect([isPage("GET", url), isPage("HEAD", url)]).toEqual([true, true]);
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
  ])("does not get the path %.40s", (url) => {
    expect(isPage("GET", url)).toBe(false);
  });

  test("gets only the methods GET and HEAD", () => {
    expect(isPage("POST", "/docs/")).toBe(false);
  });
});
