/** Side bar of the manual: pages by kind, in the order of docs/README.md. */

/** Entry of the side bar. */
export interface Entry {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: readonly Entry[];
}

/** First heading of a page. */
export const titleOf = (text: string): string => /^# (.+)$/m.exec(text)?.[1]?.replaceAll("`", "") ?? "";

/** Links of the index under "Kinds of pages", each kind with its pages. */
function kindsOf(index: string): readonly (readonly [kind: string, pages: readonly string[]])[] {
  const [, section = ""] = /^## Kinds of pages\n([\s\S]*?)(?=^## )/m.exec(index) ?? [];
  return [...section.matchAll(/^- \*\*([^*]+)\*\*: ((?:.|\n(?!- ))*)/gm)].map(([, kind = "", links = ""]) => [
    kind,
    [...new Set([...links.matchAll(/\]\(\/([^)#]+\.md)[^)]*\)/g)].map(([, page = ""]) => page))],
  ]);
}

/**
 * Returns the side bar. Pages that docs/README.md does not sort come last.
 * @param pages texts by name, with links of the site
 */
export function menuOf(pages: ReadonlyMap<string, string>): readonly Entry[] {
  const entry = (page: string): Entry => ({
    text: titleOf(pages.get(page) ?? "") || page,
    link: `/${page.replace(/(?:index)?\.md$/, (found) => (found === "index.md" ? "" : ".html"))}`,
  });
  const api = [...pages.keys()].filter((page) => page.startsWith("api/") && page !== "api/index.md");
  const sorted = kindsOf(pages.get("index.md") ?? "").map(([kind, linked]) => ({
    text: kind,
    items: linked.map((page) =>
      page === "api/index.md" ? { ...entry(page), collapsed: true, items: api.map(entry) } : entry(page),
    ),
    linked,
  }));
  const taken = new Set(["index.md", ...api, ...sorted.flatMap(({ linked }) => linked)]);
  const rest = [...pages.keys()].filter((page) => !taken.has(page)).map(entry);
  return [...sorted.map(({ text, items }) => ({ text, items })), { text: "Project", items: rest }];
}
