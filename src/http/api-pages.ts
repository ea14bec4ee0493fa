/** API page: Swagger UI for /openapi.yaml, served without external resources. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import express, { type ErrorRequestHandler, type Router } from "express";
import type { OPERATIONS } from "../generated/operations.ts";
import { problemOf, sentPathOf } from "./requests.ts";

const require = createRequire(import.meta.url);
/** Directory of Swagger UI. It is resolved and not imported: its code is for browsers and would take 40 MB of memory. */
const SWAGGER_UI = dirname(require.resolve("swagger-ui-dist/package.json"));

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Container Gateway API</title>
  <link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
  <div id="page"></div>
  <script src="swagger-ui-bundle.js"></script>
  <script src="page.js"></script>
</body>
</html>
`;

/** An operation that is served where the page is. */
export type ServedOperation = Pick<(typeof OPERATIONS)[number], "method" | "path" | "mediaType">;

/** Operations that the page can send: those that change nothing, and whose reply ends. */
const isSendable = ({ method, mediaType }: ServedOperation): boolean =>
  (method === "GET" || method === "HEAD") && mediaType !== "text/event-stream";

/** Makes the script of the page. With `-X HEAD`, as Swagger UI has it, curl would wait for the body that the reply announces. */
const scriptFor = (served: readonly ServedOperation[]): string => `const sendable = new Set(${JSON.stringify(
  served.filter(isSendable).map(({ method, path }) => `${method.toLowerCase()} ${path}`),
)});
const plugin = ({ getSystem }) => ({
  statePlugins: {
    spec: {
      wrapSelectors: { allowTryItOutFor: () => (_state, path, method) => sendable.has(method + " " + path) },
    },
  },
  fn: {
    requestSnippetGenerator_curl: (request) =>
      getSystem().fn.requestSnippetGenerator_curl_bash(request).replace(/^curl -X 'HEAD'/, "curl --head"),
  },
});
SwaggerUIBundle({
  url: "../openapi.yaml",
  dom_id: "#page",
  docExpansion: "list",
  validatorUrl: null,
  supportedSubmitMethods: ["get", "head"],
  tryItOutEnabled: true,
  displayRequestDuration: true,
  requestSnippetsEnabled: true,
  requestSnippets: { generators: { curl: { title: "curl", syntax: "bash" } }, languages: ["curl"] },
  plugins: [plugin],
});
`;

const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Files of Swagger UI that the page loads. No other file of the package is served. */
const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];
const PATHS: ReadonlySet<string> = new Set([
  ...["/", "/docs", "/docs/", "/docs/page.js"],
  ...FILES.map((file) => `/docs/${file}`),
]);

/** Maximum length of a request target for a page, including its query. */
const MAX_TARGET_CHARS = 1024;

/**
 * True for a request with the exact path of a page. Express gets no other path, because it blocks the event loop for
 * milliseconds to resolve a long path with `../` in it. A malformed request is not for a page: the API refuses it with an
 * error of the contract.
 */
function isForPage(request: IncomingMessage): boolean {
  const { method, url = "" } = request;
  return (
    (method === "GET" || method === "HEAD") &&
    url.length <= MAX_TARGET_CHARS &&
    PATHS.has(sentPathOf(request) || "/") &&
    problemOf(request) === undefined &&
    (url.startsWith("/") || URL.canParse(url))
  );
}

/** Replies to an error such as a range beyond a file, without the stack trace that Express would send. */
const refuse: ErrorRequestHandler = (error: { readonly status?: number }, _request, response, _next) => {
  const { status = 500 } = error;
  response.status(status).type("text").send(STATUS_CODES[status]);
};

/** The pages. */
export interface Pages {
  /** True if a request is for a page. */
  include(request: IncomingMessage): boolean;
  /** Sends a page; resolves when it has been sent, or the client has disconnected. */
  send(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

function createRouter(served: readonly ServedOperation[]): Router {
  const script = scriptFor(served);
  const pages = express.Router({ strict: true });
  pages.get("/", (_request, response) => response.redirect("docs/"));
  pages.get("/docs", (_request, response) => response.redirect("docs/"));
  pages.use("/docs", (_request, response, next) => {
    response.set({ "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff" });
    next();
  });
  pages.get("/docs/", (_request, response) => response.type("html").send(PAGE));
  pages.get("/docs/page.js", (_request, response) => response.type("js").send(script));
  pages.use("/docs", express.static(SWAGGER_UI, { index: false, fallthrough: true }));
  pages.use(refuse);
  return pages;
}

/** Creates the pages below /docs/, which send requests of the served operations, and the redirect from the root. */
export function createPages(served: readonly ServedOperation[]): Pages {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(createRouter(served));
  return {
    include: isForPage,
    send: (request, response) =>
      new Promise((resolve) => {
        response.once("close", resolve);
        app(request, response);
      }),
  };
}
