/** Debian's docker, daemon and client, through Apache, with a real Pulp. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { digestOfTag } from "../pulp/facts.ts";
import { type Docker, startDocker } from "./docker.ts";
import { type Door, startDoor } from "./door.ts";
import { versionOf } from "./program.ts";
import { type Row, testRows } from "./rows.ts";

const NO_ACCESS = /pull access denied|unauthorized|denied/;
const UNKNOWN = /repository name not known to registry|not found/;

const ROWS: readonly Row[] = [
  {
    when: "pulls a public image without a login",
    run: "pull HOST/org/public-app:latest",
    says: "Digest: sha256:",
  },
  {
    when: "is refused a private image without a login",
    run: "pull HOST/org/private-app:latest",
    code: 1,
    says: NO_ACCESS,
  },
  {
    when: "finds public images without a login",
    run: "search HOST/app",
    says: "org/public-app",
    never: /private-app|other-app/,
  },
  {
    when: "is refused a login with a wrong password",
    run: "login -u alice -p wrong HOST",
    code: 1,
    says: "unauthorized",
  },
  { when: "logs in", run: "login -u alice -p secret HOST", says: "Login Succeeded" },
  {
    when: "finds the user's images",
    run: "search HOST/app",
    says: ["org/public-app", "org/private-app"],
    never: /other-app/,
  },
  { when: "pulls a private image by tag", run: "pull HOST/org/private-app:latest", says: "Digest: DIGEST" },
  {
    when: "pulls a private image by digest",
    run: "pull HOST/org/private-app@DIGEST",
    says: "Digest: DIGEST",
  },
  {
    when: "reports that the image is up to date",
    run: "pull HOST/org/private-app:latest",
    says: "Image is up to date",
  },
  { when: "pulls for another platform", run: "pull --platform linux/arm64 HOST/org/private-app:multi" },
  {
    when: "pulls all tags",
    run: "pull -a HOST/org/private-app",
    says: ["1.0: Pulling", "1.1: Pulling", "docker: Pulling"],
  },
  {
    when: "inspects a manifest",
    run: "manifest inspect HOST/org/private-app:docker",
    says: "application/vnd.docker.distribution.manifest.v2+json",
  },
  {
    when: "is refused an image without a grant",
    run: "pull HOST/org/other-app:latest",
    code: 1,
    says: UNKNOWN,
  },
  {
    when: "is refused a missing image",
    run: "pull HOST/org/nothing:latest",
    code: 1,
    says: UNKNOWN,
  },
  {
    when: "is refused an image push with the reason",
    run: "push HOST/org/private-app:latest",
    code: 1,
    says: "Pushing content is unsupported",
  },
  { when: "logs out", run: "logout HOST", says: "Removing login credentials" },
  {
    when: "is refused again after the logout",
    run: "pull HOST/org/private-app:1.0",
    code: 1,
    says: NO_ACCESS,
  },
];

describe(await versionOf("dockerd"), () => {
  let door: Door;
  let docker: Docker;
  let digest: string;
  let home: string;
  beforeAll(async () => {
    door = await startDoor();
    digest = await digestOfTag(door.pulp, "org/private-app", "latest");
    const its = door.makeHome();
    home = its.folder;
    docker = await startDocker(its);
  });
  afterAll(async () => {
    await docker?.stop();
    await door?.stop();
  });

  testRows(() => ({ client: docker.client, host: door.host, home, digest }), ROWS);
});
