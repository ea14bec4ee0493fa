/** Links of the built manual: each leads to a file of it, and to an element of that page. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { pathsIn } from "../package/tree.ts";

const ATTRIBUTES = /\s(?:href|src)="([^"]+)"/g;

/** Returns the dead links of a site, as lines. @param base path at which it is served */
export function deadLinks(site: string, base: string): readonly string[] {
  const pages = pathsIn(site).filter((path) => path.endsWith(".html"));
  const ids = new Map<string, ReadonlySet<string>>();
  const idsOf = (page: string): ReadonlySet<string> => {
    const found =
      ids.get(page) ??
      new Set([...readFileSync(page, "utf8").matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => id));
    ids.set(page, found);
    return found;
  };
  const problemOf = (page: string, target: string): string | undefined => {
    if (/^(?:[a-z]+:|\/\/)/.test(target)) return undefined;
    const here = base + posix.relative(site, page);
    const { pathname, hash } = new URL(target.replaceAll("&amp;", "&"), `http://site${here}`);
    if (!pathname.startsWith(base)) return "leads out of the manual";
    const path = decodeURIComponent(pathname.slice(base.length));
    const file = join(site, path === "" || path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file)) return "there is no such file";
    const anchor = decodeURIComponent(hash.slice(1));
    return anchor === "" || !file.endsWith(".html") || idsOf(file).has(anchor)
      ? undefined
      : "there is no such heading";
  };
  return pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(ATTRIBUTES)].flatMap(([, target = ""]) => {
      const problem = problemOf(page, target);
      return problem === undefined ? [] : [`${posix.relative(site, page)}: ${target}: ${problem}`];
    }),
  );
}
