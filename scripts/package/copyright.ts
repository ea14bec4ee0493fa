/** Copyright and licence of everything that is installed: the text of each licence once, with the packages that it covers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Locked, runtimePackages } from "./stage.ts";

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;

/** Licence files of an installed package. */
function licenceTexts(folder: string): string {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
  return files.map((name) => readFileSync(join(folder, name), "utf8").trim()).join("\n\n");
}

/** Replaces the long text of the Apache License, which Debian has and each package contains, by its place. */
const shortened = (text: string): string =>
  text.replace(
    /^\s*Apache License\s+Version 2\.0[\s\S]*?END OF TERMS AND CONDITIONS$/gm,
    "Apache License, version 2.0: /usr/share/common-licenses/Apache-2.0 on Debian systems",
  );

/** Author as package.json has it. */
function authorOf(folder: string): string {
  const { author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return typeof author === "string" ? author : (author?.name ?? "its authors");
}

function textOf(folder: string, { license }: Locked): string {
  const text = shortened(licenceTexts(folder));
  return text === ""
    ? `Copyright: ${authorOf(folder)}\nLicence as its package.json names it: ${license ?? "none named"}`
    : text;
}

/** Packages with parts in the manual, which is made with the packages of site/. */
const IN_MANUAL = [
  "@vue/reactivity",
  "@vue/runtime-core",
  "@vue/runtime-dom",
  "@vue/shared",
  "@vueuse/core",
  "@vueuse/integrations",
  "@vueuse/shared",
  "focus-trap",
  "mark.js",
  "minisearch",
  "tabbable",
  "vitepress",
  "vue",
];

/** Returns the packages in the manual of a tree by their path. */
function manualPackages(root: string): readonly (readonly [path: string, locked: Locked])[] {
  const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
    readFileSync(join(root, "site", "package-lock.json"), "utf8"),
  );
  return IN_MANUAL.map((name) => {
    const locked = lock.packages[`node_modules/${name}`];
    if (locked === undefined) throw new Error(`site/package-lock.json has no ${name}`);
    return [`site/node_modules/${name}`, locked];
  });
}

/** Renders the file. @param manual tree whose manual is installed, with the packages of site/ */
export function copyrightFile(root: string, manual: string): string {
  const byText = new Map<string, string[]>();
  const installed = runtimePackages(root).map((one) => [root, ...one] as const);
  for (const [tree, path, locked] of [
    ...installed,
    ...manualPackages(manual).map((one) => [manual, ...one] as const),
  ]) {
    const text = textOf(join(tree, path), locked);
    const name = path.replace(/^.*node_modules\//, "");
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${locked.version}`]);
  }
  const parts = [...byText].map(([text, names]) => `${"-".repeat(78)}\n${names.join("\n")}\n\n${text}\n`);
  return `The container gateway is copyright of its authors, and free software: you can redistribute it and modify it under the
terms of the GNU General Public License, version 3 or any later version. On Debian systems its text is in
/usr/share/common-licenses/GPL-3, everywhere in /usr/lib/container-gateway/LICENSE.

It is installed with the packages below, each under its own licence.

${parts.join("\n")}`;
}
