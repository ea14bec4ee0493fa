/** crane, oras and regctl through Apache, with a real Pulp. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { digestOfTag } from "../pulp/facts.ts";
import { pushAttached, SBOM_TYPE } from "./attached.ts";
import { client } from "./client.ts";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { type GoProgram, versionOf } from "./program.ts";
import { type Row, testRows } from "./rows.ts";
import { startScratch } from "./scratch.ts";

const ATTACHED = "org/attached";
const PUSH = "Pushing content is unsupported";
const UNKNOWN = /NAME_UNKNOWN|repository name not known to registry|not found/;

let door: Door;
let scratch: Awaited<ReturnType<typeof startScratch>>;
let digest: string;
beforeAll(async () => {
  door = await startDoor();
  const home = door.makeHome();
  scratch = await startScratch(home);
  digest = await digestOfTag(door.pulp, "org/private-app", "latest");
  await pushAttached(door.pulp, home, ATTACHED);
  const repositories = ["org/public-app", "org/private-app", ATTACHED];
  door.katello.setUser("alice", { password: "secret", repositories });
  await door.sync({ repositories: [...DEMO_REPOSITORIES, { repository: ATTACHED, auth_required: true }] });
});
afterAll(async () => {
  await scratch?.stop();
  await door?.stop();
});

async function describeClient(name: GoProgram, rows: readonly Row[]): Promise<void> {
  const version = await versionOf(name);
  describe(version, () => {
    let home: Home;
    beforeAll(() => {
      home = door.makeHome();
    });
    const its = client(name);
    testRows(
      () => ({ client: its(home), host: door.host, home: home.folder, digest, scratch: scratch.host }),
      rows,
    );
  });
}

await describeClient("crane", [
  {
    when: "reads a public manifest without a login",
    run: "manifest HOST/org/public-app:latest",
    says: "layers",
  },
  {
    when: "is refused a private image without a login",
    run: "manifest HOST/org/private-app:latest",
    code: 1,
    says: "UNAUTHORIZED",
  },
  { when: "stores a wrong password", run: "auth login -u alice -p wrong HOST" },
  {
    when: "is refused with it",
    run: "digest HOST/org/private-app:latest",
    code: 1,
    says: /401|UNAUTHORIZED/,
  },
  { when: "logs in", run: "auth login -u alice -p secret HOST", says: "logged in" },
  { when: "resolves a digest", run: "digest HOST/org/private-app:latest", says: "DIGEST" },
  { when: "pulls a private image", run: "pull HOST/org/private-app:latest HOME/tmp/image.tar" },
  { when: "copies an image index", run: "copy HOST/org/private-app:multi SCRATCH/multi:copied" },
  { when: "lists tags", run: "ls HOST/org/private-app", says: ["multi", "1.1"] },
  {
    when: "reads the catalog",
    run: "catalog HOST",
    says: ["org/private-app", "org/public-app"],
    never: /other-app/,
  },
  {
    when: "is refused an image without a grant",
    run: "digest HOST/org/other-app:latest",
    code: 1,
    says: /404|NAME_UNKNOWN/,
  },
  {
    when: "is refused an image push with the reason",
    run: "push HOME/tmp/image.tar HOST/org/private-app:new",
    code: 1,
    says: PUSH,
  },
  { when: "logs out", run: "auth logout HOST", says: "logged out" },
]);

await describeClient("oras", [
  {
    when: "reads a public manifest without a login",
    run: "manifest fetch --plain-http=false HOST/org/public-app:latest",
    says: "layers",
  },
  {
    when: "is refused a private image without a login",
    run: "manifest fetch --plain-http=false HOST/org/private-app:latest",
    code: 1,
    says: /401|unauthorized/i,
  },
  {
    when: "is refused a login with a wrong password",
    run: "login --plain-http=false -u alice -p wrong HOST",
    code: 1,
    says: /401|unauthorized/i,
  },
  { when: "logs in", run: "login --plain-http=false -u alice -p secret HOST", says: "Login Succeeded" },
  {
    when: "resolves a digest",
    run: "resolve --plain-http=false HOST/org/private-app:latest",
    says: "DIGEST",
  },
  {
    when: "copies an image index",
    run: "cp --from-plain-http=false --to-oci-layout HOST/org/private-app:multi HOME/tmp/layout:multi",
    says: "Copied",
  },
  { when: "lists tags", run: "repo tags --plain-http=false HOST/org/private-app", says: ["multi", "1.1"] },
  {
    when: "reads the catalog",
    run: "repo ls --plain-http=false HOST",
    says: ["org/private-app", "org/public-app"],
    never: /other-app/,
  },
  {
    when: "discovers the artifacts attached to an image",
    run: `discover --plain-http=false HOST/${ATTACHED}:1.0`,
    says: SBOM_TYPE,
  },
  {
    when: "copies an image with its attached artifacts",
    run: `cp -r --from-plain-http=false --to-oci-layout HOST/${ATTACHED}:1.0 HOME/tmp/attached:1.0`,
    says: ["Copied", "sbom.json"],
  },
  {
    when: "is refused an image without a grant",
    run: "resolve --plain-http=false HOST/org/other-app:latest",
    code: 1,
    says: UNKNOWN,
  },
  {
    when: "is refused an image push with the reason",
    run: "cp --from-oci-layout --to-plain-http=false HOME/tmp/layout:multi HOST/org/private-app:new",
    code: 1,
    says: PUSH,
  },
  { when: "logs out", run: "logout HOST" },
]);

await describeClient("regctl", [
  {
    when: "reads a public manifest without a login",
    run: "manifest get HOST/org/public-app:latest",
    says: "Layers",
  },
  {
    when: "is refused a private image without a login",
    run: "manifest get HOST/org/private-app:latest",
    code: 1,
    says: /unauthorized/,
  },
  {
    when: "is refused a login with a wrong password",
    run: "registry login -u alice -p wrong HOST",
    code: 1,
    says: /unauthorized/,
  },
  { when: "logs in", run: "registry login -u alice -p secret HOST" },
  { when: "resolves a digest", run: "image digest HOST/org/private-app:latest", says: "DIGEST" },
  {
    when: "copies an image index",
    run: "image copy HOST/org/private-app:multi ocidir://HOME/tmp/layout:multi",
  },
  { when: "lists tags", run: "tag ls HOST/org/private-app", says: ["multi", "1.1"] },
  {
    when: "reads the catalog",
    run: "repo ls HOST",
    says: ["org/private-app", "org/public-app"],
    never: /other-app/,
  },
  {
    when: "lists the artifacts attached to an image",
    run: `artifact list HOST/${ATTACHED}:1.0`,
    says: SBOM_TYPE,
  },
  {
    when: "copies an image with its attached artifacts",
    run: `image copy --referrers HOST/${ATTACHED}:1.0 ocidir://HOME/tmp/attached:1.0`,
  },
  {
    when: "finds the artifacts attached to the copy",
    run: "artifact list ocidir://HOME/tmp/attached:1.0",
    says: SBOM_TYPE,
  },
  {
    when: "is refused an image without a grant",
    run: "image digest HOST/org/other-app:latest",
    code: 1,
    says: UNKNOWN,
  },
  {
    when: "is refused an image push with the reason",
    run: "image copy ocidir://HOME/tmp/layout:multi HOST/org/private-app:new",
    code: 1,
    says: /405|Pushing content is unsupported/,
  },
  { when: "logs out", run: "registry logout HOST" },
]);
