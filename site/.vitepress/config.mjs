/**
 * The manual as VitePress builds it for scripts/manual/site.ts, which names its folders in the environment. Nothing in it needs a
 * network, and it has no inline style: the gateway's policy for these pages forbids it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const { MANUAL_PAGES: pages = "", MANUAL_TARGET: target = "", MANUAL_BASE: base = "/" } = process.env;

const { version, sidebar } = JSON.parse(readFileSync(join(pages, "menu.json"), "utf8"));

/** Anchor of a heading, as GitHub makes it: the pages are read there, too. @param {string} heading */
const slugify = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export default {
  title: "Container Gateway",
  description: "Manual of the container registry gateway for Foreman and Katello",
  lang: "en",
  base,
  srcDir: pages,
  outDir: target,
  cacheDir: `${pages}/.cache`,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }]],
  lastUpdated: false,
  // The demo's.
  ignoreDeadLinks: "localhostLinks",
  // One page after another: the index of the search has them in this order, and the same pages give the same bytes.
  buildConcurrency: 1,
  metaChunk: true,
  markdown: {
    html: false,
    anchor: { slugify },
    // Shiki colours by inline styles.
    highlight: (code) =>
      `<pre v-pre class="shiki" tabindex="0"><code>${escaped(code.trimEnd())}</code></pre>`,
    // Vue would evaluate what is between two braces.
    config: ({ renderer: { rules } }) => {
      for (const name of ["text", "code_inline"]) {
        const render = rules[name];
        rules[name] = (...tokens) => render(...tokens).replaceAll("{{", "&#123;&#123;");
      }
    },
  },
  // Styles that the theme's style sheet has as well, or that are set by a script.
  transformHtml: (html) => html.replaceAll(/ style="(?:--vp-vh:0px;|position:relative;)"/g, ""),
  themeConfig: {
    logo: "/icon.svg",
    siteTitle: `Container Gateway ${version}`,
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
  },
};
