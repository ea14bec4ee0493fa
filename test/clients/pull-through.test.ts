/** A pull-through cache directly in front of the gateway, for clients without a login. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { digestOfTag } from "../pulp/facts.ts";
import { client, skopeo } from "./client.ts";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { versionOf } from "./program.ts";
import { startPullThrough } from "./pull-through.ts";
import { type Row, testRows } from "./rows.ts";

const registry = await versionOf("docker-registry");
const CRANE: readonly Row[] = [
  {
    when: "crane resolves the digest of a private image",
    run: "digest HOST/org/private-app:latest",
    says: "DIGEST",
  },
  { when: "crane pulls a private image", run: "pull HOST/org/private-app:latest HOME/tmp/image.tar" },
  { when: "crane pulls it again", run: "pull HOST/org/private-app:latest HOME/tmp/again.tar" },
  { when: "crane lists tags", run: "ls HOST/org/private-app", says: ["multi", "1.1"] },
  {
    when: "crane is refused an image without a grant for the cache's user",
    run: "digest HOST/org/other-app:latest",
    code: 1,
    says: /404|MANIFEST_UNKNOWN/,
  },
];
const SKOPEO: readonly Row[] = [
  {
    when: "skopeo copies an image index",
    run: "--insecure-policy copy --all --src-tls-verify=false docker://HOST/org/private-app:multi dir:HOME/tmp/multi",
    says: "Writing manifest list to image destination",
  },
];

describe.each([
  ["without a trailing slash", ""],
  ["with a trailing slash", "/"],
])(`${registry} as a pull-through cache, remoteurl %s`, (_, end) => {
  let door: Door;
  let home: Home;
  let cache: Awaited<ReturnType<typeof startPullThrough>>;
  let digest: string;
  beforeAll(async () => {
    door = await startDoor();
    home = door.makeHome();
    digest = await digestOfTag(door.pulp, "org/private-app", "latest");
    // Directly at the gateway, because Apache merges consecutive slashes.
    cache = await startPullThrough(home, `http://${door.plain}${end}`);
  });
  afterAll(async () => {
    await cache?.stop();
    await door?.stop();
  });
  const stage = () => ({ host: cache.host, home: home.folder, digest });
  testRows(() => ({ client: client("crane")(home), ...stage() }), CRANE);
  testRows(() => ({ client: skopeo(home), ...stage() }), SKOPEO);
});
