/** A client without token support, through Apache, with a real Pulp. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { digestOfTag } from "../pulp/facts.ts";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { basicClient, versionOf } from "./python-client.ts";
import { testRows } from "./rows.ts";

describe(`${await versionOf("docker-registry-client")}, which sends the password with every request`, () => {
  let door: Door;
  let home: Home;
  let digest: string;
  beforeAll(async () => {
    door = await startDoor();
    digest = await digestOfTag(door.pulp, "org/private-app", "latest");
    home = door.makeHome();
  });
  afterAll(() => door?.stop());

  testRows(
    () => ({ client: basicClient(home), host: door.host, home: home.folder, digest }),
    [
      {
        when: "is refused with a wrong password",
        run: "https://HOST alice:wrong tags org/private-app",
        code: 1,
        says: "401",
      },
      {
        when: "lists tags",
        run: "https://HOST alice:secret tags org/private-app",
        says: ["multi", "latest"],
      },
      {
        when: "reads the catalog",
        run: "https://HOST alice:secret repositories",
        says: "org/private-app",
        never: /other-app/,
      },
      {
        when: "reads a manifest by digest",
        run: "https://HOST alice:secret manifest org/private-app DIGEST",
        says: "schemaVersion 2",
      },
      {
        // It accepts manifests of schema 1 only, and Pulp applies that to tags.
        when: "is refused a tag without a manifest of schema 1",
        run: "https://HOST alice:secret manifest org/private-app docker",
        code: 1,
        says: "404",
      },
      {
        when: "is refused a repository without a grant",
        run: "https://HOST alice:secret tags org/other-app",
        code: 1,
        says: "404",
      },
    ],
  );
});
