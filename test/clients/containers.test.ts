/** podman, skopeo and buildah through Apache, with a real Pulp. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { digestOfTag } from "../pulp/facts.ts";
import { buildah, type Client, podman, skopeo } from "./client.ts";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { versionOf } from "./program.ts";
import { type Row, testRows } from "./rows.ts";
import { addSpecialUser, SPECIAL } from "./special-user.ts";

let door: Door;
let digest: string;
beforeAll(async () => {
  door = await startDoor();
  addSpecialUser(door.katello);
  digest = await digestOfTag(door.pulp, "org/private-app", "latest");
});
afterAll(() => door?.stop());

/** A describe block of rows for a client in its own home. */
function client(
  name: string,
  of: (home: Home) => Client,
  rows: readonly Row[],
  more?: (home: () => Home) => void,
) {
  describe(name, () => {
    let home: Home;
    beforeAll(() => {
      home = door.makeHome();
    });
    testRows(() => ({ client: of(home), host: door.host, home: home.folder, digest }), rows);
    more?.(() => home);
  });
}

const DENIED = /authentication required|unauthorized|requested access to the resource is denied/;
const UNKNOWN = "repository name not known to registry";
const PUSH = "Pushing content is unsupported";

const login = (wrong: number): Row[] => [
  {
    when: "is refused a login with a wrong password",
    run: "login -u alice -p wrong HOST",
    code: wrong,
    says: "invalid username/password",
  },
  { when: "logs in", run: "login -u alice -p secret HOST", says: "Login Succeeded!" },
];

client(await versionOf("podman"), podman, [
  { when: "pulls a public image without a login", run: "pull HOST/org/public-app:latest" },
  {
    when: "is refused a private image without a login",
    run: "pull HOST/org/private-app:latest",
    code: 125,
    says: DENIED,
  },
  {
    when: "finds public images without a login",
    run: "search HOST/app",
    says: "HOST/org/public-app",
    never: /private-app|other-app/,
  },
  ...login(125),
  { when: "pulls a private image by tag", run: "pull HOST/org/private-app:latest" },
  { when: "pulls a private image by digest", run: "pull HOST/org/private-app@DIGEST" },
  {
    when: "pulls an image for another platform",
    run: "pull --platform linux/arm64 HOST/org/private-app:multi",
  },
  {
    when: "is refused an image without a grant",
    run: "pull HOST/org/other-app:latest",
    code: 125,
    says: UNKNOWN,
  },
  {
    when: "is refused a missing image",
    run: "pull HOST/org/nothing:latest",
    code: 125,
    says: UNKNOWN,
  },
  {
    when: "is refused a missing tag",
    run: "pull HOST/org/private-app:9.9",
    code: 125,
    says: "manifest unknown",
  },
  {
    when: "finds the user's images",
    run: "search HOST/app",
    says: ["HOST/org/public-app", "HOST/org/private-app"],
    never: /other-app/,
  },
  { when: "lists tags", run: "search --list-tags HOST/org/private-app", says: ["multi", "1.1"] },
  {
    when: "is refused an image push with the reason",
    run: "push HOST/org/private-app:latest",
    code: 125,
    says: PUSH,
  },
  { when: "logs out", run: "logout HOST", says: "Removed login credentials" },
  {
    when: "is refused again after the logout",
    run: "pull HOST/org/private-app:1.0",
    code: 125,
    says: DENIED,
  },
  {
    when: "logs in with a name and a password of special characters",
    run: `login -u ${SPECIAL.login} -p ${SPECIAL.password} HOST`,
    says: "Login Succeeded!",
  },
  { when: "pulls a private image with that login", run: "pull HOST/org/private-app:1.0" },
]);

client(
  await versionOf("skopeo"),
  skopeo,
  [
    {
      when: "inspects a public image without a login",
      run: "inspect docker://HOST/org/public-app:latest",
      says: '"Name": "HOST/org/public-app"',
    },
    {
      when: "is refused a private image without a login",
      run: "inspect docker://HOST/org/private-app:latest",
      code: 1,
      says: DENIED,
    },
    ...login(1),
    { when: "inspects a private image", run: "inspect docker://HOST/org/private-app:latest", says: "DIGEST" },
    {
      when: "inspects an image for another platform",
      run: "--override-arch arm64 inspect docker://HOST/org/private-app:multi",
      says: '"Architecture": "arm64"',
    },
    { when: "lists tags", run: "list-tags docker://HOST/org/private-app", says: ['"multi"', '"1.1"'] },
    { when: "copies an image", run: "copy docker://HOST/org/private-app:latest dir:HOME/tmp/image" },
    {
      when: "copies an image with all its platforms",
      run: "copy --all docker://HOST/org/private-app:multi dir:HOME/tmp/multi",
    },
    {
      when: "copies an image by digest",
      run: "copy docker://HOST/org/private-app@DIGEST dir:HOME/tmp/digest",
    },
    {
      when: "syncs a repository",
      run: "sync --src docker --dest dir HOST/org/private-app HOME/tmp/sync",
    },
    {
      when: "is refused an image without a grant",
      run: "inspect docker://HOST/org/other-app:latest",
      code: 1,
      says: UNKNOWN,
    },
    {
      when: "is refused an image push with the reason",
      run: "copy dir:HOME/tmp/image docker://HOST/org/private-app:new",
      code: 1,
      says: PUSH,
    },
    { when: "logs out", run: "logout HOST", says: "Removed login credentials" },
  ],
  (home) =>
    test("has every tag after the sync", () => {
      expect(readdirSync(join(home().folder, "tmp", "sync")).sort()).toEqual(
        ["1.0", "1.1", "docker", "latest", "multi"].map((tag) => `private-app:${tag}`),
      );
    }),
);

client(await versionOf("buildah"), buildah, [
  { when: "pulls a public image without a login", run: "pull HOST/org/public-app:latest" },
  {
    when: "is refused a private image without a login",
    run: "pull HOST/org/private-app:latest",
    code: 125,
    says: DENIED,
  },
  ...login(125),
  { when: "pulls a private image by tag", run: "pull HOST/org/private-app:latest" },
  { when: "pulls a private image by digest", run: "pull HOST/org/private-app@DIGEST" },
  { when: "builds from a private image", run: "from --name work HOST/org/private-app:1.0" },
  {
    when: "is refused an image without a grant",
    run: "pull HOST/org/other-app:latest",
    code: 125,
    says: UNKNOWN,
  },
  {
    when: "is refused an image push with the reason",
    run: "push HOST/org/private-app:latest",
    code: 125,
    says: PUSH,
  },
  { when: "logs out", run: "logout HOST", says: "Removed login credentials" },
]);
