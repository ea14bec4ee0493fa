/** The gateway with another registry than Pulp as its upstream. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { digestOfTag } from "../pulp/facts.ts";
import { realPulp } from "../pulp/target.ts";
import { type Client, podman, skopeo } from "./client.ts";
import { type DockerRegistry, startDockerRegistry } from "./docker-registry.ts";
import { type Home, makeHome } from "./home.ts";
import { versionOf } from "./program.ts";
import { PODMAN, SKOPEO } from "./pulls.ts";
import { testRows } from "./rows.ts";
import { type Site, startSite } from "./site.ts";

const pulp = await realPulp();
let registry: DockerRegistry;
let site: Site;
let home: Home;
beforeAll(async () => {
  home = makeHome({ authorities: [] });
  registry = await startDockerRegistry(home, pulp);
  site = await startSite({ pulp: registry.origin });
});
afterAll(async () => {
  await site?.stop();
  await registry?.stop();
  home?.remove();
});

describe(`${await versionOf("docker-registry")} as the upstream`, () => {
  let clients: Home;
  beforeAll(() => {
    clients = makeHome({ authorities: [site.ca] });
  });
  afterAll(() => clients?.remove());
  const stage = (client: (home: Home) => Client) => () => ({
    client: client(clients),
    host: site.tls,
    home: clients.folder,
  });

  describe("podman", () => testRows(stage(podman), PODMAN));
  describe("skopeo", () => testRows(stage(skopeo), SKOPEO));

  test("pulled images keep their digests", async () => {
    const { stdout } = await podman(clients)([
      ...["image", "inspect", "--format", "{{.Digest}}", `${site.tls}/org/private-app:latest`],
    ]);
    expect(stdout.trim()).toBe(await digestOfTag(pulp, "org/private-app", "latest"));
  });
});
