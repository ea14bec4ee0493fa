/** Repositories in a real Pulp with artifacts attached to an image, as clients attach them without a referrers API. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOfTag } from "../pulp/facts.ts";
import type { RealPulp } from "../pulp/target.ts";
import { must } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** The attached artifact. */
export const SBOM_TYPE = "application/vnd.example.sbom";

/** Pulp's port for image pushes, which `up.sh` opens. */
export const pushDoor = ({ origin }: RealPulp): string => `localhost:${Number(new URL(origin).port) + 2}`;

/** Runs oras with credentials that may push. A prefix such as `to-` makes them the options of one side of a copy. */
export const asGateway = ({ file }: RealPulp, prefix: "" | "from-" | "to-" = ""): string[] => [
  `--${prefix}plain-http=false`,
  ...[`--${prefix}ca-file`, file("ca.crt")],
  ...[`--${prefix}cert-file`, file("client.crt")],
  ...[`--${prefix}key-file`, file("client.key")],
];

/** Copies two tags of `org/private-app` to a new repository, attaches an SBOM to the first, and returns its digest. */
export async function pushAttached(pulp: RealPulp, home: Home, repository: string): Promise<string> {
  const oras = (...args: string[]) => must(programPath("oras"), args, { env: home.env, cwd: home.folder });
  const door = pushDoor(pulp);
  for (const tag of ["1.0", "1.1"]) {
    const both = [...asGateway(pulp, "from-"), ...asGateway(pulp, "to-")];
    await oras("cp", ...both, `${door}/org/private-app:${tag}`, `${door}/${repository}:${tag}`);
  }
  writeFileSync(join(home.folder, "sbom.json"), JSON.stringify({ of: repository }));
  await oras(
    ...["attach", ...asGateway(pulp), "--distribution-spec", "v1.1-referrers-tag"],
    ...["--artifact-type", SBOM_TYPE, `${door}/${repository}:1.0`, "sbom.json:application/json"],
  );
  return digestOfTag(pulp, repository, "1.0");
}
