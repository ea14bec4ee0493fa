/** regsync through Apache: a mirror that copies from the gateway to another registry. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { stringify } from "yaml";
import { digestOfTag } from "../pulp/facts.ts";
import { client } from "./client.ts";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { versionOf } from "./program.ts";
import { testRows } from "./rows.ts";
import { startScratch } from "./scratch.ts";

describe(await versionOf("regsync"), () => {
  let door: Door;
  let home: Home;
  let scratch: Awaited<ReturnType<typeof startScratch>>;
  let digest: string;
  beforeAll(async () => {
    door = await startDoor();
    home = door.makeHome();
    scratch = await startScratch(home);
    digest = await digestOfTag(door.pulp, "org/private-app", "latest");
    const mirror = (name: string, pass: string, repository: string) =>
      writeFileSync(
        join(home.folder, `${name}.yml`),
        stringify({
          version: 1,
          creds: [
            { registry: door.host, user: "alice", pass },
            { registry: scratch.host, tls: "disabled" },
          ],
          sync: [
            {
              source: `${door.host}/${repository}`,
              target: `${scratch.host}/${repository}`,
              type: "repository",
              tags: { allow: ["latest", "multi"] },
            },
          ],
        }),
      );
    mirror("private", "secret", "org/private-app");
    mirror("wrong", "wrong", "org/private-app");
    mirror("other", "secret", "org/other-app");
  });
  afterAll(async () => {
    await scratch?.stop();
    await door?.stop();
  });

  const stage = () => ({ host: door.host, home: home.folder, digest, scratch: scratch.host });
  testRows(
    () => ({ client: client("regsync")(home), ...stage() }),
    [
      {
        when: "is refused with a wrong password",
        run: "once -c HOME/wrong.yml",
        code: 1,
        says: /unauthorized/i,
      },
      {
        when: "is refused a repository without a grant",
        run: "once -c HOME/other.yml",
        code: 1,
        says: /not found|NAME_UNKNOWN/i,
      },
      {
        when: "reports images that are not copied yet",
        run: "check -c HOME/private.yml",
        says: "Image sync needed",
      },
      { when: "copies two tags of a private repository", run: "once -c HOME/private.yml" },
      { when: "reports that all images are copied", run: "check -c HOME/private.yml", never: /sync needed/ },
    ],
  );
  testRows(
    () => ({ client: client("crane")(home), ...stage() }),
    [
      {
        when: "has copied the same image, as crane reports",
        run: "digest SCRATCH/org/private-app:latest",
        says: "DIGEST",
      },
      {
        when: "has copied the configured tags",
        run: "ls SCRATCH/org/private-app",
        says: ["latest", "multi"],
        never: "1.1",
      },
    ],
  );
});
