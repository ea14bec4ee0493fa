/** Python's dxf through Apache, with a real Pulp. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { type Door, startDoor } from "./door.ts";
import type { Home } from "./home.ts";
import { dxf, versionOf } from "./python-client.ts";
import { type Row, testRows } from "./rows.ts";

const TAGS = "list-aliases org/private-app";

describe(await versionOf("python-dxf"), () => {
  let door: Door;
  let home: Home;
  beforeAll(async () => {
    door = await startDoor();
    home = door.makeHome();
  });
  afterAll(() => door?.stop());
  const as = (login: readonly string[], rows: readonly Row[]) =>
    testRows(() => ({ client: dxf(home, door.host, login), host: door.host, home: home.folder }), rows);

  as(
    [],
    [{ when: "is refused a private repository without a login", run: TAGS, code: 13, says: "unauthorized" }],
  );
  as(
    ["alice", "wrong"],
    [{ when: "is refused with a wrong password", run: TAGS, code: 13, says: "unauthorized" }],
  );
  as(
    ["alice", "secret"],
    [
      { when: "lists tags", run: TAGS, says: ["multi", "latest"] },
      { when: "reads the catalog", run: "list-repos", says: "org/private-app", never: /other-app/ },
      { when: "resolves a digest", run: "get-digest org/private-app docker", says: "sha256:" },
      { when: "reads a manifest", run: "get-manifest org/private-app docker", says: "schemaVersion" },
      {
        when: "is refused a repository without a grant",
        run: "list-aliases org/other-app",
        code: 2,
        says: "404",
      },
    ],
  );
});
