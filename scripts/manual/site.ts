/** The manual: pages are staged with the links of the site, and VitePress, installed apart in site/, makes HTML of them. */

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { pathsIn } from "../package/tree.ts";
import { ApiPages } from "./api-pages.ts";
import { deadLinks } from "./dead-links.ts";
import { menuOf } from "./menu.ts";
import { FILES_FOLDER, FILES_PAGE, Links, pagesOf } from "./sources.ts";

/** Path at which the gateway serves the manual. */
const BASE = "/manual/";

/** Size of a built manual. */
export interface BuiltManual {
  readonly pages: number;
  readonly bytes: number;
}

const changed = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const filesIn = (path: string): string[] =>
  statSync(path).isDirectory() ? pathsIn(path).filter((one) => !statSync(one).isDirectory()) : [path];

/**
 * Installs VitePress, unless the packages of the lock file are there: then the manual is built without a network. No install
 * script runs.
 * @throws Error that says how to install it
 */
function installGenerator(folder: string): void {
  // npm writes this file last.
  const installed = join(folder, "node_modules", ".package-lock.json");
  if (changed(installed) >= changed(join(folder, "package-lock.json"))) return;
  const args = ["ci", "--prefix", folder, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  try {
    execFileSync("npm", [...args, "--loglevel=error"], { stdio: ["ignore", "ignore", "inherit"] });
  } catch (cause) {
    throw new Error(
      "VitePress can't be installed: run `npm ci --prefix site --ignore-scripts` where a registry of npm packages can be reached",
      { cause },
    );
  }
}

/** Text of the page that lists the files of linked folders. */
function filesPage(root: string, folders: readonly string[]): string {
  const sections = folders.toSorted().map((folder) => {
    const lines = filesIn(join(root, folder))
      .map((path) => path.slice(root.length).replace(/^\//, ""))
      .map((path) => `- [${path}](pathname:///${FILES_FOLDER}/${path})`);
    return `## ${folder}\n\n${lines.join("\n")}\n`;
  });
  return `# Files\n\nFiles of the gateway that pages of this manual name.\n\n${sections.join("\n")}`;
}

/** Returns the text of each page, and the other files that they link to. */
function readPages(root: string): {
  readonly pages: ReadonlyMap<string, string>;
  readonly files: readonly string[];
} {
  const sources = pagesOf(root);
  const links = new Links(root, sources);
  const files = new Set(["openapi.yaml"]);
  const pages = new Map<string, string>();
  for (const [source, page] of sources) {
    const linked = links.rewrite(source, readFileSync(join(root, source), "utf8"));
    pages.set(page, linked.text);
    for (const file of linked.files) files.add(file);
  }
  const api = new ApiPages(parse(readFileSync(join(root, "openapi.yaml"), "utf8"))).pages();
  for (const [name, text] of api) pages.set(`api/${name}`, text);
  const folders = [...files].filter((file) => statSync(join(root, file)).isDirectory());
  pages.set(FILES_PAGE, filesPage(root, folders));
  return { pages, files: [...files] };
}

/** Writes what VitePress reads. */
function stagePages(root: string, staged: string): void {
  rmSync(staged, { recursive: true, force: true });
  const { pages, files } = readPages(root);
  for (const [name, text] of pages) {
    mkdirSync(dirname(join(staged, name)), { recursive: true });
    writeFileSync(join(staged, name), text);
  }
  cpSync(join(root, "docs", "images"), join(staged, "images"), { recursive: true });
  for (const file of files)
    cpSync(join(root, file), join(staged, "public", FILES_FOLDER, file), { recursive: true });
  cpSync(join(root, "src", "ui", "icon.svg"), join(staged, "public", "icon.svg"));
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeFileSync(join(staged, "menu.json"), JSON.stringify({ version, sidebar: menuOf(pages) }));
}

/** Returns a hash of all that the site is made of. */
function stampOf(folder: string, staged: string): string {
  const sources = [
    ...[".vitepress/config.mjs", ".vitepress/theme", "package-lock.json"].map((path) => join(folder, path)),
    staged,
  ];
  const digest = createHash("sha256");
  for (const path of sources.flatMap(filesIn))
    digest
      .update(`${path.replace(staged, "").replace(folder, "")}\0`)
      .update(readFileSync(path))
      .update("\0");
  return digest.digest("hex");
}

/** Has VitePress make HTML. @throws Error if it fails, or a link is dead */
function makeHtml(folder: string, staged: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  const vitepress = join(folder, "node_modules", "vitepress", "bin", "vitepress.js");
  const names = { MANUAL_PAGES: staged, MANUAL_TARGET: target, MANUAL_BASE: BASE };
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitepress, "build", folder], {
    env: { ...process.env, ...names, NO_COLOR: "1" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`VitePress fails:\n${stdout}${stderr}`);
  // The theme's icons; none is used, and rpmlint takes no empty file.
  writeFileSync(join(target, "vp-icons.css"), "/* no icons */\n");
  const dead = deadLinks(target, BASE);
  if (dead.length > 0) throw new Error(`dead links in the manual:\n${dead.join("\n")}`);
}

/**
 * Builds the manual of a tree into a folder, unless it was built there from the same pages. The same tree gives the same bytes.
 * @throws Error if VitePress fails, or a link is dead
 */
export function buildManual(root: string, target: string): BuiltManual {
  const folder = join(root, "site");
  // Inside the tree, where the pages find the packages of VitePress.
  const [staged, stampFile] = [join(root, "build", "manual.pages"), `${target}.sha256`];
  installGenerator(folder);
  stagePages(root, staged);
  const stamp = stampOf(folder, staged);
  const isBuilt = existsSync(target) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
  try {
    if (!isBuilt) {
      rmSync(stampFile, { force: true });
      makeHtml(folder, staged, target);
      writeFileSync(stampFile, stamp);
    }
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  const files = filesIn(target);
  return {
    pages: files.filter((path) => path.endsWith(".html")).length,
    bytes: files.reduce((sum, path) => sum + statSync(path).size, 0),
  };
}
