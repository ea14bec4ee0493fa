/** podman, skopeo and buildah, which share their library and their way of being kept apart from the machine's own. */
import { join } from "node:path";
import { type Outcome, run } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";
import type { Client } from "./rows.ts";

/** Storage that needs no kernel support, in the client's home. */
const storage = ({ folder }: Home): string[] => [
  "--storage-driver=vfs",
  "--root",
  join(folder, "data", "storage"),
  "--runroot",
  join(folder, "run", "storage"),
];

const surroundings = (home: Home, input?: string) => ({
  env: { ...home.env, _CONTAINERS_ROOTLESS_UID: "1000" },
  ...(input === undefined ? {} : { input }),
});

export const podman =
  (home: Home): Client =>
  ([command = "", ...args], input) => {
    const policy = command === "pull" ? ["--signature-policy", join(home.folder, "policy.json")] : [];
    return run(
      programPath("podman"),
      [...storage(home), command, ...policy, ...args],
      surroundings(home, input),
    );
  };

export const buildah =
  (home: Home): Client =>
  ([command = "", ...args], input) => {
    const policy = ["pull", "from"].includes(command)
      ? ["--signature-policy", join(home.folder, "policy.json")]
      : [];
    return run(
      programPath("buildah"),
      [...storage(home), command, ...policy, ...args],
      surroundings(home, input),
    );
  };

export const skopeo =
  (home: Home): Client =>
  (args, input): Promise<Outcome> =>
    run(programPath("skopeo"), ["--insecure-policy", ...args], surroundings(home, input));
