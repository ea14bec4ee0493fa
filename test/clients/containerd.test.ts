/** containerd, as Kubernetes uses it, through Apache, with a real Pulp. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { digestOfTag } from "../pulp/facts.ts";
import { type Containerd, startContainerd, writeHosts } from "./containerd.ts";
import { type Door, startDoor } from "./door.ts";
import { versionOf } from "./program.ts";
import { type Row, testRows } from "./rows.ts";
import { addSpecialUser, SPECIAL } from "./special-user.ts";

const PULL = "images pull --hosts-dir HOME/hosts --snapshotter native";
const REFUSED = /authorization failed|not found/;

const ROWS: readonly Row[] = [
  { when: "pulls a public image without a login", run: `${PULL} HOST/org/public-app:latest` },
  {
    when: "is refused a private image without a login",
    run: `${PULL} HOST/org/private-app:latest`,
    code: 1,
    says: REFUSED,
  },
  {
    when: "is refused with a wrong password",
    run: `${PULL} -u alice:wrong HOST/org/private-app:latest`,
    code: 1,
    says: /401|failed to fetch/,
  },
  {
    when: "pulls a private image",
    run: `${PULL} -u alice:secret HOST/org/private-app:latest`,
  },
  { when: "pulls a private image by digest", run: `${PULL} -u alice:secret HOST/org/private-app@DIGEST` },
  {
    when: "pulls all platforms",
    run: `${PULL} --all-platforms -u alice:secret HOST/org/private-app:multi`,
  },
  {
    when: "pulls one platform",
    run: `${PULL} --platform linux/arm64 -u alice:secret HOST/org/private-app:multi`,
  },
  {
    when: "is refused an image without a grant",
    run: `${PULL} -u alice:secret HOST/org/other-app:latest`,
    code: 1,
    says: REFUSED,
  },
  {
    when: "pulls through the gateway as a mirror of another registry",
    run: `${PULL} -u alice:secret docker.example/org/private-app:1.1`,
  },
  {
    when: "pulls with a name and a password of special characters",
    run: `${PULL} -u ${SPECIAL.login}:${SPECIAL.password} HOST/org/private-app:1.0`,
  },
  { when: "lists the pulled images", run: "images ls", says: ["HOST/org/private-app:latest", "DIGEST"] },
  {
    when: "is refused an image push",
    run: "images push --hosts-dir HOME/hosts -u alice:secret HOST/org/private-app:new HOST/org/private-app:latest",
    code: 1,
    says: /405|unexpected status/,
  },
];

describe(await versionOf("containerd"), () => {
  let door: Door;
  let containerd: Containerd;
  let digest: string;
  let home: string;
  beforeAll(async () => {
    door = await startDoor();
    addSpecialUser(door.katello);
    digest = await digestOfTag(door.pulp, "org/private-app", "latest");
    const its = door.makeHome();
    home = its.folder;
    writeHosts(its, door.host);
    writeHosts(its, "docker.example", door.host);
    containerd = await startContainerd(its);
  });
  afterAll(async () => {
    await containerd?.stop();
    await door?.stop();
  });

  testRows(() => ({ client: containerd.client, host: door.host, home, digest }), ROWS);

  test("logs in by form at its first attempt", () => {
    expect(door.log()).toMatch(/"method":"POST","path":"\/v2\/token","status":200/);
    expect(door.log()).not.toContain("secret");
  });
});
