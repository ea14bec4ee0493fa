/** Dispatches requests to the API or to the pages. */
import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { Api } from "./api.ts";
import { createPages, isPage } from "./pages.ts";
import { problemOf, sentPathOf } from "./requests.ts";

/** Serves a request of node:http; resolves when its reply has been sent. */
export type App = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Maximum length of a request target for a page, including its query. */
const MAX_PAGE_TARGET_CHARS = 1024;

/** True for requests that Express serves. Malformed ones go to the API, which refuses them with an error of the contract. */
const isForPages = (request: IncomingMessage): boolean => {
  const { method, url = "" } = request;
  return (
    (method === "GET" || method === "HEAD") &&
    url.length <= MAX_PAGE_TARGET_CHARS &&
    isPage(sentPathOf(request) || "/") &&
    problemOf(request) === undefined &&
    (url.startsWith("/") || URL.canParse(url))
  );
};

/** Creates the application: Express serves the pages, the API everything else. */
export function createApp(api: Api): App {
  const pages = express();
  pages.disable("x-powered-by");
  pages.disable("etag");
  pages.use(createPages());

  return (request, response) => {
    if (!isForPages(request)) return api.handle(request, response, api.find(request));
    return api.handlePage(
      request,
      response,
      () =>
        new Promise((resolve) => {
          response.once("close", resolve);
          pages(request, response);
        }),
    );
  };
}
