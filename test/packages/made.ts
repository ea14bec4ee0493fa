/** Packages that the setup has made. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** `new` is this tree, `again` the same made a second time, `old` the version before. */
export type Edition = "new" | "again" | "old";

/** Returns the folder of an edition. */
export const editionFolder = (edition: Edition): string => join(process.env.PACKAGES_FOLDER ?? "", edition);

/** Returns the path of a package. */
export function packageFile(edition: Edition, kind: "deb" | "rpm"): string {
  const folder = editionFolder(edition);
  const name = readdirSync(folder).find((file) => file.endsWith(`.${kind}`));
  if (name === undefined) throw new Error(`there is no ${kind} in ${folder}`);
  return join(folder, name);
}
