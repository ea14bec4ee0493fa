/** The registry half of the Pulp stand-in: what Pulp's API answers behind `/pulpcore_registry`. Reading only. */
import { chooseForm } from "./pulp-accept.ts";
import { type Answer, type Ask, noRoute, page, refusal, withSlash } from "./pulp-answers.ts";
import { type Registry, type Route, routes } from "./pulp-views.ts";

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The page that the framework shows to browsers instead of JSON; errors stay JSON. */
function forBrowsers(title: string, { headers }: Answer): Answer {
  return page(
    `<!DOCTYPE html>\n<html><head><title>${title} – Django REST framework</title></head></html>\n`,
    {
      ...("Link" in headers && { Link: String(headers.Link) }),
      Vary: "Accept,Cookie",
      "Set-Cookie": "csrftoken=stand-in; Max-Age=31449600; Path=/; SameSite=Lax",
    },
  );
}

function inForm(ask: Ask, title: string, run: () => Answer): Answer {
  const form = chooseForm(ask.headers.accept);
  if (form === undefined) return refusal(406, "UNSUPPORTED", "Could not satisfy the request Accept header.");
  const answer = run();
  return form === "html" && answer.status === 200 ? forBrowsers(title, answer) : answer;
}

function varyOf({ title }: Route, ask: Ask, { generation }: Registry): { Vary?: string } {
  if (title === undefined) return {};
  return { Vary: ask.admin || generation === "2.27" ? "Accept" : "Accept,Cookie" };
}

/**
 * Answers as Pulp's API does. Methods that write get 405 whatever they are aimed at: nothing here changes.
 *
 * @param ask its path begins after `/pulpcore_registry`
 */
export function answerRegistry(ask: Ask, registry: Registry): Answer {
  const path = decoded(ask.path);
  if (path === "/v2") return withSlash("/v2/");
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match === null) continue;
    const { allow, title, view } = route;
    const run = () =>
      ask.method === "GET" || ask.method === "HEAD"
        ? view(ask, registry, match[1] ?? "", match[2] ?? "")
        : refusal(405, "UNSUPPORTED", `Method "${ask.method}" not allowed.`);
    const answer = title === undefined ? run() : inForm(ask, title, run);
    const common = {
      ...varyOf(route, ask, registry),
      Allow: typeof allow === "string" ? allow : allow[registry.generation],
      "Docker-Distribution-Api-Version": "registry/2.0",
      "X-Registry-Supports-Signatures": "1",
      "X-Frame-Options": "DENY",
    };
    return { ...answer, headers: { ...common, ...answer.headers } };
  }
  return noRoute();
}
