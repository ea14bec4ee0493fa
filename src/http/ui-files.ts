/** Files of the status page, and those of PatternFly that it is made with. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** Style sheets of PatternFly, in their order. They are served as one. */
const STYLES = [
  "patternfly-base.css",
  "components/Alert/alert.css",
  "components/Button/button.css",
  "components/Card/card.css",
  "components/DescriptionList/description-list.css",
  "components/Form/form.css",
  "components/FormControl/form-control.css",
  "components/Label/label.css",
  "components/Masthead/masthead.css",
  "components/ModalBox/modal-box.css",
  "components/Nav/nav.css",
  "components/Page/page.css",
  "components/Table/table.css",
  "components/Table/table-grid.css",
  "components/Title/title.css",
] as const;

const FONTS = [
  "assets/fonts/RedHatDisplay/RedHatDisplayVF.woff2",
  "assets/fonts/RedHatMono/RedHatMonoVF.woff2",
  "assets/fonts/RedHatText/RedHatTextVF.woff2",
] as const;

/** Files of the package that are served; packages of the gateway contain no others of it. */
export const PATTERNFLY_FILES: readonly string[] = [...STYLES, ...FONTS];

/** Own files that are served: the folder holds nothing else that a browser needs. */
const SERVED: ReadonlySet<string> = new Set([".css", ".html", ".js", ".svg"]);

const OWN = fileURLToPath(new URL("../ui/", import.meta.url));

/** Returns the reader of each file by its path below `/ui/`. */
export function uiFiles(): ReadonlyMap<string, () => Buffer> {
  const patternfly = dirname(require.resolve("@patternfly/patternfly/package.json"));
  const files = new Map<string, () => Buffer>();
  const add = (name: string, paths: readonly string[]) =>
    files.set(name, () => Buffer.concat(paths.map((path) => readFileSync(path))));
  for (const name of readdirSync(OWN)) if (SERVED.has(extname(name))) add(name, [join(OWN, name)]);
  add(
    "patternfly.css",
    STYLES.map((name) => join(patternfly, name)),
  );
  for (const name of FONTS) add(name, [join(patternfly, name)]);
  return files;
}
