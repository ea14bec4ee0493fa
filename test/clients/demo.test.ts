/** podman, skopeo and curl, over TLS and over plain HTTP, with the demo's Pulp. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { pem } from "../support/gateway.ts";
import { type Client, podman, skopeo } from "./client.ts";
import { run } from "./command.ts";
import { type Home, makeHome } from "./home.ts";
import { programPath, versionOf } from "./program.ts";
import { PODMAN, SKOPEO } from "./pulls.ts";
import { type Stage, testRows } from "./rows.ts";
import { type Site, startSite } from "./site.ts";

let pulp: DemoPulp;
let site: Site;
beforeAll(async () => {
  pulp = await startDemoPulp({
    tls: { ca: pem("ca.crt"), cert: pem("server.crt"), key: pem("server.key") },
  });
  site = await startSite({ pulp: pulp.origin });
});
afterAll(async () => {
  await site?.stop();
  await pulp?.close();
});

const names = {
  podman: await versionOf("podman"),
  skopeo: await versionOf("skopeo"),
  curl: await versionOf("curl"),
};

describe.each(["TLS", "plain http"] as const)(
  "directly at the gateway with the demo's Pulp, over %s",
  (way) => {
    let home: Home;
    beforeAll(() => {
      home = makeHome({ authorities: [site.ca], plain: [site.plain] });
    });
    afterAll(() => home?.remove());
    const host = () => (way === "TLS" ? site.tls : site.plain);
    const stage = (of: (home: Home) => Client) => (): Stage => ({
      client: of(home),
      host: host(),
      home: home.folder,
    });

    describe(names.podman, () => {
      testRows(stage(podman), PODMAN);

      test("has pulled the same image as Pulp's", async () => {
        const { stdout } = await podman(home)([
          "image",
          "inspect",
          "--format",
          "{{.Digest}}",
          `${host()}/org/private-app:latest`,
        ]);
        expect(stdout.trim()).toBe(pulp.images.get("org/private-app")?.tags.get("latest"));
      });
    });

    describe(names.skopeo, () => testRows(stage(skopeo), SKOPEO));

    describe(names.curl, () => {
      const curl = async (...args: string[]) => {
        const url = `${way === "TLS" ? "https" : "http"}://${host()}/v2/_catalog`;
        const { stdout } = await run(programPath("curl"), ["-sS", "--cacert", site.ca, ...args, url]);
        return JSON.parse(stdout);
      };
      test("reads the catalog of a user", async () => {
        const scheme = way === "TLS" ? "https" : "http";
        const token = await run(programPath("curl"), [
          ...["-sS", "--cacert", site.ca, "-u", "alice:secret"],
          `${scheme}://${host()}/v2/token`,
        ]);
        const answer = await curl("-H", `Authorization: Bearer ${JSON.parse(token.stdout).token}`);
        expect(answer).toEqual({ repositories: ["org/private-app", "org/public-app"] });
      });
      test("is refused the catalog without a token", async () => {
        expect(await curl()).toMatchObject({ errors: [{ code: "UNAUTHORIZED" }] });
      });
    });
  },
);
