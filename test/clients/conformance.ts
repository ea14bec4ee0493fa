/** The pull tests of the OCI distribution specification's conformance suite, unchanged. */
import { type Outcome, run } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** The content to pull. */
export interface Content {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly manifests: readonly string[];
  readonly blobs: readonly string[];
  /** Digests with attached artifacts. */
  readonly referrers: readonly string[];
}

/**
 * Runs the tests on a registry. The exit code is ignored, because the program fails to write its report about skipped
 * tests; only its output counts.
 */
export function runConformance(
  home: Home,
  host: string,
  [username, password]: readonly [string, string],
  { repository, tags, manifests, blobs, referrers }: Content,
): Promise<Outcome> {
  const off = [
    ...["PUSH", "BLOBS_DELETE", "MANIFESTS_DELETE", "TAGS_DELETE"],
    ...["BLOBS_MOUNT_ANONYMOUS", "BLOBS_UPLOAD_CANCEL"],
  ];
  return run(programPath("conformance"), [], {
    cwd: home.folder,
    env: {
      ...home.env,
      OCI_REGISTRY: host,
      OCI_TLS: "enabled",
      OCI_REPO1: repository,
      OCI_USERNAME: username,
      OCI_PASSWORD: password,
      OCI_VERSION: "1.1",
      OCI_RESULTS_DIR: `${home.folder}/tmp`,
      ...Object.fromEntries(off.map((name) => [`OCI_API_${name}`, "false"])),
      OCI_API_REFERRER: "true",
      OCI_RO_DATA_TAGS: tags.join(" "),
      OCI_RO_DATA_MANIFESTS: manifests.join(" "),
      OCI_RO_DATA_BLOBS: blobs.join(" "),
      OCI_RO_DATA_REFERRERS: referrers.join(" "),
    },
  });
}
