/** The order in which a request meets the parts of the gateway, and nothing else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { Api } from "./api.ts";
import { createPages, isPage } from "./pages.ts";
import { faultOf, sentPathOf } from "./requests.ts";

/** Takes a request from node:http; resolves when its answer is out. */
export type App = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Characters of a request target that asks for a page, its query included. */
const MAX_PAGE_TARGET_CHARS = 1024;

/** What can't be answered is refused by the API: Express would find a page without a Host, and no words for a broken target. */
const isForPages = (request: IncomingMessage): boolean => {
  const { method, url = "" } = request;
  return (
    (method === "GET" || method === "HEAD") &&
    url.length <= MAX_PAGE_TARGET_CHARS &&
    isPage(sentPathOf(request) || "/") &&
    faultOf(request) === undefined &&
    (url.startsWith("/") || URL.canParse(url))
  );
};

/** The pages are Express's; everything else goes straight to the API. */
export function createApp(api: Api): App {
  const pages = express();
  pages.disable("x-powered-by");
  pages.disable("etag");
  pages.use(createPages());

  return (request, response) => {
    if (!isForPages(request)) return api.handle(request, response, api.find(request));
    return new Promise((resolve) => {
      response.once("close", resolve);
      pages(request, response);
    });
  };
}
