/** The OCI conformance tests through Apache, on a private repository of a real Pulp. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { digestOfTag, fetchAsGateway } from "../pulp/facts.ts";
import { pushAttached } from "./attached.ts";
import { runConformance } from "./conformance.ts";
import { type Door, startDoor } from "./door.ts";
import { versionOf } from "./program.ts";

const REPOSITORY = "org/conformance";

describe(`OCI ${await versionOf("conformance")}`, () => {
  let door: Door;
  let said: string;
  beforeAll(async () => {
    door = await startDoor();
    const home = door.makeHome();
    const subject = await pushAttached(door.pulp, home, REPOSITORY);
    door.katello.setUser("alice", { password: "secret", repositories: [REPOSITORY] });
    await door.sync({
      repositories: [...DEMO_REPOSITORIES, { repository: REPOSITORY, auth_required: true }],
    });
    const { body } = await fetchAsGateway(
      door.pulp,
      `/pulpcore_registry/v2/${REPOSITORY}/manifests/${subject}`,
    );
    const { config, layers } = JSON.parse(body.toString());
    const outcome = await runConformance(home, door.host, ["alice", "secret"], {
      repository: REPOSITORY,
      tags: ["1.0", "1.1"],
      manifests: [subject, await digestOfTag(door.pulp, REPOSITORY, "1.1")],
      blobs: [config, ...layers].map(({ digest }: { digest: string }) => digest),
      referrers: [subject],
    });
    said = outcome.said;
  });
  afterAll(() => door?.stop());

  test("all 22 pull tests pass on a private repository with a login", () => {
    expect(said).toMatch("OCI Conformance Result: Pass");
    const count = (state: string) => Number(new RegExp(`^ *${state}\\.+: +(\\d+)`, "m").exec(said)?.[1]);
    expect([count("Pass"), count("Skip"), count("FAIL"), count("Error")]).toEqual([22, 0, 0, 0]);
  });
});
