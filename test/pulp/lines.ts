/**
 * Replies of Pulp, line by line. The real Pulp and the demo's must both pass all of them, so that tests with the
 * demo's are valid. Written from the replies of pulp_container 2.30.0 and 2.27.14 behind Katello's Apache.
 */
import { blobs } from "./lines/blobs.ts";
import { content } from "./lines/content.ts";
import { entry } from "./lines/entry.ts";
import { extensions } from "./lines/extensions.ts";
import { flatpak } from "./lines/flatpak.ts";
import type { Line } from "./lines/line.ts";
import { manifests } from "./lines/manifests.ts";
import { tags } from "./lines/tags.ts";

/** The whole contract by subject. */
export const contract: Readonly<Record<string, readonly Line[]>> = {
  entry,
  manifests,
  blobs,
  "content app": content,
  tags,
  "signatures and referrers": extensions,
  "Flatpak index": flatpak,
};
