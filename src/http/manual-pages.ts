/** The manual for administrators' browsers: files of the site that `npm run docs` builds. */
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pages } from "./api-pages.ts";
import { createStaticPages } from "./static-pages.ts";

/** Folders where the site may be: in a package, and in a clone. */
const FOLDERS = ["../../manual/", "../../build/docs/"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Shown in place of a site that has not been built. */
const NOT_BUILT = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="color-scheme" content="light dark">
  <title>Manual – Container Gateway</title>
</head>
<body>
  <h1>The manual is not built</h1>
  <p>Packages contain it. In a clone, <code>npm run docs</code> builds it; then restart the gateway. The same pages are in
  the folder <code>docs</code>.</p>
</body>
</html>
`;

/** Scripts inside a page: the theme's, which run before the page shows. */
const INLINE_SCRIPTS = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** Hash of the style with which the theme (useColorMode of VueUse) switches between light and dark without a transition. */
const NO_TRANSITION = "'sha256-skqujXORqzxt1aE0NNXxujEanPTX6raoqSscTV/Ww/Y='";

/** Returns the policy of a file: its own inline scripts run by their hashes, and no other does. */
function policyOf(name: string, bytes: Buffer): string {
  const inline = name.endsWith(".html") ? [...bytes.toString("utf8").matchAll(INLINE_SCRIPTS)] : [];
  const hashes = inline.map(([, script = ""]) => `'sha256-${hash("sha256", script, "base64")}'`);
  return [
    "default-src 'none'",
    ["script-src 'self'", ...new Set(hashes)].join(" "),
    `style-src 'self' ${NO_TRANSITION}`,
    // The theme's style sheet contains its icons.
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Vue's policy, which lets pass what the site contains.
    "require-trusted-types-for 'script'",
    "trusted-types vue",
  ].join("; ");
}

/** Returns the reader of each file of the site by its path below `/manual/`. */
function manualFiles(folders: readonly string[]): ReadonlyMap<string, () => Buffer> {
  const folder = folders.find((path) => existsSync(join(path, "index.html")));
  if (folder === undefined) return new Map([["index.html", () => Buffer.from(NOT_BUILT)]]);
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    found.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(folder, path).replaceAll(sep, "/"), () => readFileSync(path)];
    }),
  );
}

/** Creates the pages below `/manual/`, and those of `others`. @param folders where the site may be; the first that has it counts */
export const createManualPages = (others: Pages, folders: readonly string[] = FOLDERS): Pages =>
  createStaticPages(
    { prefix: "/manual/", redirected: new Set(["/manual"]), files: manualFiles(folders), policyOf },
    others,
  );
