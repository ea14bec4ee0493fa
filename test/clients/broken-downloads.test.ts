/** Downloads that are interrupted half way and resumed. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { type BreakingContent, startBreakingContent } from "./breaking-content.ts";
import type { Client } from "./client.ts";
import { type Containerd, startContainerd } from "./containerd.ts";
import { type Docker, startDocker } from "./docker.ts";
import { type Home, makeHome } from "./home.ts";
import { versionOf } from "./program.ts";
import { type Site, startSite } from "./site.ts";

let content: BreakingContent;
let pulp: DemoPulp;
let site: Site;
let home: Home;
beforeAll(async () => {
  content = await startBreakingContent(() => pulp.origin);
  pulp = await startDemoPulp({ contentOrigin: content.origin });
  site = await startSite({ pulp: pulp.origin });
  home = makeHome({ authorities: [site.ca], plain: [site.plain] });
});
afterAll(async () => {
  home?.remove();
  await site?.stop();
  await content?.close();
  await pulp?.close();
});

/** Both layers are interrupted once, and both are resumed. */
async function goesOn(client: Client, args: readonly string[]): Promise<void> {
  content.forget();
  const { code, said } = await client([...args, `${site.plain}/org/public-app:latest`]);
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(content.broken).toBe(2);
  expect(content.rests).toBe(2);
}

describe(`${await versionOf("containerd")}, interrupted downloads`, () => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd(home);
  });
  afterAll(() => containerd?.stop());

  test("resumes an interrupted download", () =>
    goesOn(containerd.client, ["images", "pull", "--plain-http", "--snapshotter", "native"]));
});

describe(`${await versionOf("dockerd")}, interrupted downloads`, () => {
  let docker: Docker;
  beforeAll(async () => {
    docker = await startDocker(home);
  });
  afterAll(() => docker?.stop());

  test("resumes an interrupted download", () => goesOn(docker.client, ["pull"]));
});
