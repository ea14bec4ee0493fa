/** The order in which a request meets the parts of the gateway, and nothing else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { Api } from "./api.ts";
import { lacksHost } from "./http/requests.ts";
import type { Route } from "./http/routes.ts";
import { createPages } from "./pages.ts";

/** Takes a request from node:http. */
export type App = (request: IncomingMessage, response: ServerResponse) => void;

const ofRegistry = (route: Route): boolean =>
  route !== undefined && "operation" in route && route.operation.tag === "registry";

/** What can't be answered is refused by the API: Express would find a page without a Host, and no words for a broken target. */
const isForExpress = (request: IncomingMessage): boolean => {
  const { url = "" } = request;
  return !lacksHost(request) && (url.startsWith("/") || URL.canParse(url));
};

/** What container clients ask goes straight to the API; pages and administration pass through Express. */
export function createApp(api: Api): App {
  const others = express();
  others.disable("x-powered-by");
  others.disable("etag");
  others.use(createPages());
  others.use((request, response) => api.handle(request, response, api.find(request)));

  return (request, response) => {
    const route = api.find(request);
    if (ofRegistry(route) || !isForExpress(request)) void api.handle(request, response, route);
    else others(request, response);
  };
}
