/** The registry of the Pulp stand-in, below `/pulpcore_registry`. Read-only. */
import { chooseForm } from "./pulp-accept.ts";
import { noRoute, type PulpReply, type PulpRequest, page, refusal, withSlash } from "./pulp-replies.ts";
import { type Registry, type Route, routes } from "./pulp-views.ts";

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Makes the page that the framework serves to browsers instead of JSON. Errors stay JSON. */
function forBrowsers(title: string, { headers }: PulpReply): PulpReply {
  return page(
    `<!DOCTYPE html>\n<html><head><title>${title} – Django REST framework</title></head></html>\n`,
    {
      ...("Link" in headers && { Link: String(headers.Link) }),
      Vary: "Accept,Cookie",
      "Set-Cookie": "csrftoken=stand-in; Max-Age=31449600; Path=/; SameSite=Lax",
    },
  );
}

function inForm(request: PulpRequest, title: string, run: () => PulpReply): PulpReply {
  const form = chooseForm(request.headers.accept);
  if (form === undefined) return refusal(406, "UNSUPPORTED", "Could not satisfy the request Accept header.");
  const reply = run();
  return form === "html" && reply.status === 200 ? forBrowsers(title, reply) : reply;
}

function varyOf({ title }: Route, request: PulpRequest, { generation }: Registry): { Vary?: string } {
  if (title === undefined) return {};
  return { Vary: request.admin || generation === "2.27" ? "Accept" : "Accept,Cookie" };
}

/**
 * Replies as Pulp's API does. Methods that write get a 405 for every path.
 *
 * @param request request, whose path begins after `/pulpcore_registry`
 */
export function registryReply(request: PulpRequest, registry: Registry): PulpReply {
  const path = decoded(request.path);
  if (path === "/v2") return withSlash("/v2/");
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match === null) continue;
    const { allow, title, view } = route;
    const run = () =>
      request.method === "GET" || request.method === "HEAD"
        ? view(request, registry, match[1] ?? "", match[2] ?? "")
        : refusal(405, "UNSUPPORTED", `Method "${request.method}" not allowed.`);
    const reply = title === undefined ? run() : inForm(request, title, run);
    const common = {
      ...varyOf(route, request, registry),
      Allow: typeof allow === "string" ? allow : allow[registry.generation],
      "Docker-Distribution-Api-Version": "registry/2.0",
      "X-Registry-Supports-Signatures": "1",
      "X-Frame-Options": "DENY",
    };
    return { ...reply, headers: { ...common, ...reply.headers } };
  }
  return noRoute();
}
