/** Status page for administrators' browsers: files only. What it shows comes from the operations of administration. */
import type { Pages } from "./api-pages.ts";
import { createStaticPages } from "./static-pages.ts";
import { uiFiles } from "./ui-files.ts";

/** Scripts and styles are files of the gateway, nothing is inline, and nobody may show the page in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** Creates the pages of `admin_listen`: the status page, and those of `others`. */
export const createUiPages = (others: Pages): Pages =>
  createStaticPages(
    { prefix: "/ui/", redirected: new Set(["/", "/ui"]), files: uiFiles(), policyOf: () => POLICY },
    others,
  );
