/**
 * Partial pulls: containers/image with `enable_partial_images`, podman's library, and the resolver of
 * stargz-snapshotter. Both request several ranges of a layer at once, which Pulp itself refuses.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { realPulp } from "../pulp/target.ts";
import { pushDoor } from "./attached.ts";
import { type Client, client } from "./client.ts";
import { type Home, makeHome } from "./home.ts";
import { libraryModule } from "./program.ts";
import { type Site, settingsOf, startSite } from "./site.ts";

const VERSIONS = ["chunked1", "chunked2"];
/** A repository of its own: other tests depend on the content of the demo's. */
const IMAGE = "org/in-parts";

const pulp = await realPulp();
const certificates = pulp.file("docker");
const atPulp = `${pushDoor(pulp)}/${IMAGE}`;
let pusher: Home;
let lazyLayer = "";
beforeAll(async () => {
  pusher = makeHome({ authorities: [pulp.file("ca.crt")] });
  for (const version of VERSIONS) {
    const { code, said } = await client("partial")(pusher)(["push", certificates, `${atPulp}:${version}`]);
    expect({ code, said }).toMatchObject({ code: 0 });
  }
  const pushed = await client("lazy")(pusher)(["push", certificates, `${atPulp}:lazy`]);
  expect(pushed).toMatchObject({ code: 0 });
  lazyLayer = pushed.stdout.trim();
});
afterAll(() => pusher?.remove());

/** Pulls both versions in order into their own storage. */
const pullBoth = (partial: Client, home: Home, from: string, certs = home.folder) =>
  partial(["pull", certs, join(home.folder, "storage"), ...VERSIONS.map((version) => `${from}:${version}`)]);

/** A gateway with other settings, and a logged-in client. */
function describeSite(
  title: string,
  settings: Readonly<Record<string, string>>,
  lines: (stage: () => { site: Site; home: Home }) => void,
): void {
  describe(title, () => {
    let site: Site;
    let home: Home;
    beforeAll(async () => {
      site = await startSite({ settings: { ...settingsOf(pulp), ...settings } });
      await site.sync({ repositories: [...DEMO_REPOSITORIES, { repository: IMAGE, auth_required: true }] });
      site.katello.setUser("alice", { password: "secret", repositories: [IMAGE] });
      home = makeHome({ authorities: [site.ca, pulp.file("ca.crt")] });
      const login = ["login", "--tls-verify=true", "-u", "alice", "-p", "secret", site.tls];
      expect(await client("skopeo")(home)(login)).toMatchObject({ code: 0 });
    });
    afterAll(async () => {
      home?.remove();
      await site?.stop();
    });
    lines(() => ({ site, home }));
  });
}

describe(`containers/image ${libraryModule("go.podman.io/image/v5")} with enable_partial_images`, () => {
  test("can't pull from Pulp itself, which refuses several ranges", async () => {
    const { code, said } = await pullBoth(client("partial")(pusher), pusher, atPulp, certificates);
    expect(code).toBe(1);
    expect(said).toMatch(/fetching partial blob: StatusCode: 416/);
  });

  for (const content_delivery of ["redirect", "stream"]) {
    describeSite(`content_delivery ${content_delivery}`, { content_delivery }, (stage) => {
      test("pulls a zstd:chunked image in parts, and only the changes of its next version", async () => {
        const { site, home } = stage();
        const { code, said } = await pullBoth(client("partial")(home), home, `${site.tls}/${IMAGE}`);
        expect({ code, ...(code === 0 ? {} : { said }) }).toEqual({ code: 0 });
        const [whole, first, half, second] = said.split("\n");
        expect([first, second]).toEqual(["chunked1 came in parts", "chunked2 came in parts"]);
        expect(whole).toContain("(100.00 %)");
        expect(half).toContain("(50.00 %)");
      });
    });
  }

  describeSite("multipart_ranges refuse", { multipart_ranges: "refuse" }, (stage) => {
    test("pulls the image whole", async () => {
      const { site, home } = stage();
      const { code, said } = await pullBoth(client("partial")(home), home, `${site.tls}/${IMAGE}`);
      expect({ code, said }).toEqual({ code: 0, said: "chunked1 came whole\nchunked2 came whole\n" });
    });
  });
});

describe(`stargz-snapshotter ${libraryModule("github.com/containerd/stargz-snapshotter")}, its resolver`, () => {
  // The library uses plain HTTP for localhost on any port.
  const read = ({ site, home }: { site: Site; home: Home }) =>
    client("lazy")(home)(["read", "alice:secret", `${site.plain}/${IMAGE}@${lazyLayer}`, "lazy"]);

  for (const content_delivery of ["redirect", "stream"]) {
    describeSite(`content_delivery ${content_delivery}`, { content_delivery }, (stage) => {
      test("reads files of an eStargz layer with several ranges per request", async () => {
        const { code, stdout, said } = await read(stage());
        expect({ code, ...(code === 0 ? {} : { said }) }).toEqual({ code: 0 });
        expect(stdout).toMatch(/^(?:\d+ ranges: 206 multipart\/byteranges\n)+40 files read\n$/);
      });
    });

    describeSite(
      `content_delivery ${content_delivery}, multipart_ranges refuse`,
      { content_delivery, multipart_ranges: "refuse" },
      (stage) => {
        test("reads the files with one range per request", async () => {
          const { code, stdout, said } = await read(stage());
          expect({ code, ...(code === 0 ? {} : { said }) }).toEqual({ code: 0 });
          expect(stdout).toMatch(/^\d+ ranges: 400 application\/json\n40 files read\n$/);
        });
      },
    );
  }
});
