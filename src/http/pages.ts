/** The API page: Swagger UI over /openapi.yaml, everything served from here. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import express, { type Router } from "express";

const require = createRequire(import.meta.url);
/** Found and not imported: its code is for browsers, and would take 40 MB here. */
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

const SCRIPT = `SwaggerUIBundle({ url: "../openapi.yaml", dom_id: "#page", docExpansion: "list", supportedSubmitMethods: [] });
`;

const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** Swagger UI's files that the page loads. No other file of its package is served. */
const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];
const PATHS: ReadonlySet<string> = new Set([
  ...["/", "/docs", "/docs/", "/docs/page.js"],
  ...FILES.map((file) => `/docs/${file}`),
]);

/**
 * Whether a path is one of the pages, letter by letter. Express takes milliseconds to resolve a long path with `../` in it,
 * during which all others wait, so it gets no other path than these.
 * @param path of the request target, without its query, not decoded
 */
export const isPage = (path: string): boolean => PATHS.has(path);

/** The pages below /docs/, and the way there from the root. */
export function createPages(): Router {
  const pages = express.Router({ strict: true });
  pages.get("/", (_request, response) => response.redirect("docs/"));
  pages.get("/docs", (_request, response) => response.redirect("docs/"));
  pages.use("/docs", (_request, response, next) => {
    response.set({ "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff" });
    next();
  });
  pages.get("/docs/", (_request, response) => response.type("html").send(PAGE));
  pages.get("/docs/page.js", (_request, response) => response.type("js").send(SCRIPT));
  pages.use("/docs", express.static(SWAGGER_UI, { index: false, fallthrough: true }));
  return pages;
}
