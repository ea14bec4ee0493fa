/** The order in which a request meets the parts of the gateway, and nothing else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { Api } from "./api.ts";
import type { Route } from "./http/routes.ts";
import { createPages } from "./pages.ts";

/** Takes a request from node:http. */
export type App = (request: IncomingMessage, response: ServerResponse) => void;

const ofRegistry = (route: Route): boolean =>
  route !== undefined && "operation" in route && route.operation.tag === "registry";

/** What container clients ask goes straight to the API; pages and administration pass through Express. */
export function createApp(api: Api): App {
  const others = express();
  others.disable("x-powered-by");
  others.disable("etag");
  others.use(createPages());
  others.use((request, response) => api.handle(request, response, api.find(request)));

  return (request, response) => {
    const route = api.find(request);
    if (ofRegistry(route)) void api.handle(request, response, route);
    else others(request, response);
  };
}
