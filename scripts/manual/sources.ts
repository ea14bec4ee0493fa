/** Pages of the manual, and the links between them: where each file of the tree is in the site. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Pages that are not in docs/. */
const OTHER_PAGES: Readonly<Record<string, string>> = {
  "README.md": "about.md",
  "CHANGELOG.md": "changelog.md",
  "CONTRIBUTING.md": "contributing.md",
  "SECURITY.md": "security.md",
  "clients/typescript/README.md": "client-nodejs.md",
  "contract/README.md": "contract.md",
};

/** Page that lists the files of linked folders. */
export const FILES_PAGE = "files.md";
/** Folder of files that are no pages. Browsers show them, or save them. */
export const FILES_FOLDER = "files";

/** Returns the page of the site for each page of the tree. */
export function pagesOf(root: string): ReadonlyMap<string, string> {
  const own = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => [`docs/${name}`, name === "README.md" ? "index.md" : name] as const);
  return new Map([...own, ...Object.entries(OTHER_PAGES)]);
}

/** Returns the anchor of a heading, as GitHub makes it. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** A link, or a picture. Its text may hold a link in brackets. */
const LINK = /(!?\[[^\]]*)\]\(([^)\s]+)\)/g;

/** Folder of the pictures, which is staged beside the pages. */
const PICTURES = "docs/images/";

/** Returns where the site has a picture. Others, such as badges, are elsewhere. */
function pictureOf(page: string, target: string): string {
  const file = join(dirname(page), target);
  return file.startsWith(PICTURES) ? `images/${file.slice(PICTURES.length)}` : target;
}

/** A page with its links rewritten, and the paths in the tree of other files and folders that it links to. */
export interface LinkedPage {
  readonly text: string;
  readonly files: readonly string[];
}

/** Links of the pages of a tree, as those of the site. */
export class Links {
  readonly #root: string;
  readonly #pages: ReadonlyMap<string, string>;

  constructor(root: string, pages: ReadonlyMap<string, string>) {
    this.#root = root;
    this.#pages = pages;
  }

  /** Rewrites the links of a page. @throws Error for a link to a missing file */
  rewrite(page: string, text: string): LinkedPage {
    const files: string[] = [];
    const rewritten = text
      .split(/^(```[\s\S]*?^```)/m)
      .map((part) =>
        part.startsWith("```")
          ? part
          : part.replaceAll(LINK, (_, start: string, target: string) =>
              start.startsWith("!")
                ? `${start}](${pictureOf(page, target)})`
                : `${start}](${this.#linkOf(page, target, files)})`,
            ),
      );
    return { text: rewritten.join(""), files };
  }

  #linkOf(page: string, target: string, files: string[]): string {
    if (/^(?:[a-z]+:|#)/.test(target)) return target;
    const [path = "", anchor] = target.split("#");
    const file = join(dirname(page), path);
    const suffix = anchor === undefined ? "" : `#${anchor}`;
    const found = this.#pages.get(file);
    if (found !== undefined) return `/${found}${suffix}`;
    if (file === "openapi.yaml") return "/api/index.md";
    const stat = statSync(join(this.#root, file), { throwIfNoEntry: false });
    if (stat === undefined) throw new Error(`${page}: there is no ${target}`);
    files.push(file);
    return stat.isDirectory() ? `/${FILES_PAGE}#${anchorOf(file)}` : `pathname:///${FILES_FOLDER}/${file}`;
  }
}
