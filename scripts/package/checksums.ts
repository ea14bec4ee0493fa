/** Checksums of the files of a release. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files that are published. */
const PUBLISHED = /\.(?:deb|rpm|tgz|json|tar)$/;

/** Writes SHA256SUMS, which `sha256sum --check` reads. */
export function writeChecksums(folder: string): void {
  const lines = readdirSync(folder)
    .filter((name) => PUBLISHED.test(name))
    .toSorted()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex")}  ${name}\n`,
    );
  writeFileSync(join(folder, "SHA256SUMS"), lines.join(""));
}
