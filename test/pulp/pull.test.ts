/** podman and skopeo through the gateway, with a real Pulp. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { type Client, podman, skopeo } from "../clients/client.ts";
import { type Home, makeHome } from "../clients/home.ts";
import { PODMAN, SKOPEO } from "../clients/pulls.ts";
import { testRows } from "../clients/rows.ts";
import { type Site, settingsOf, startSite } from "../clients/site.ts";
import { readMultipart } from "../support/multipart.ts";
import { ask } from "./ask.ts";
import { fetchAsGateway } from "./facts.ts";
import { realPulp } from "./target.ts";

const pulp = await realPulp();
let site: Site;
let home: Home;
beforeAll(async () => {
  site = await startSite({ settings: settingsOf(pulp) });
  home = makeHome({ authorities: [site.ca, pulp.file("ca.crt")] });
});
afterAll(async () => {
  home?.remove();
  await site?.stop();
});

const stage = (client: (home: Home) => Client) => () => ({
  client: client(home),
  host: site.tls,
  home: home.folder,
});
const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly architecture: string };
}
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** A manifest in Pulp itself. */
async function manifestOf(reference: string): Promise<{ digest: string; manifest: Manifest }> {
  const { body } = await fetchAsGateway(pulp, `/pulpcore_registry/v2/org/private-app/manifests/${reference}`);
  return { digest: digestOf(body), manifest: JSON.parse(body.toString()) };
}

/** The digests of skopeo's copy in a folder. */
function copied(folder: string): { manifest: string; blobs: string[] } {
  const blobs = readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
  for (const name of blobs) expect(digestOf(readFileSync(join(folder, name)))).toBe(`sha256:${name}`);
  return {
    manifest: digestOf(readFileSync(join(folder, "manifest.json"))),
    blobs: blobs.map((name) => `sha256:${name}`).sort(),
  };
}
const blobsOf = ({ config, layers }: Manifest): string[] =>
  [...new Set([config, ...layers].map(({ digest }) => digest))].sort();

describe(`the gateway with pulp_container ${pulp.version}`, () => {
  describe("the gateway", () => {
    const get = (path: string, headers: Record<string, string> = {}) =>
      ask({ url: `http://${site.plain}${path}`, headers });
    const manifest = "/v2/org/public-app/manifests/1.0";

    test.each([
      ["no Accept header", {}],
      ["Accept: */*", { accept: "*/*" }],
      ["Accept: application/*", { accept: "application/*" }],
      ["a type in capitals", { accept: "Application/VND.oci.image.manifest.v1+json" }],
      ["a type with a weight", { accept: "application/vnd.oci.image.manifest.v1+json;q=0.5" }],
    ])("returns the manifest of a tag for %s", async (_, headers) => {
      const { status, headers: answered, body } = await get(manifest, headers);
      expect([status, digestOf(body)]).toEqual([200, answered["docker-content-digest"]]);
    });

    test("names the kind of a tag that Accept does not allow", async () => {
      const { status, body } = await get(manifest, { accept: "application/vnd.oci.image.index.v1+json" });
      expect([status, JSON.parse(body.toString()).errors[0].message]).toEqual([
        404,
        "OCI image manifest found, but the Accept header does not allow it",
      ]);
    });

    test("returns several ranges of a blob, for which Pulp's content app answers 416", async () => {
      const { body: text } = await get(manifest);
      const { digest, size }: { digest: string; size: number } = JSON.parse(text.toString()).layers[0];
      const path = `/v2/org/public-app/blobs/${digest}`;
      const redirected = await get(path, { range: "bytes=0-9" });
      expect([redirected.status, redirected.headers["docker-content-digest"]]).toEqual([302, digest]);
      const whole = await ask({ url: String(redirected.headers.location), ca: pulp.ca });
      const { status, headers, body } = await get(path, { range: "bytes=0-9,60000-60009,-5" });
      expect(status).toBe(206);
      expect(readMultipart(String(headers["content-type"]), body)).toEqual(
        [
          [0, 9],
          [60_000, 60_009],
          [size - 5, size - 1],
        ].map(([first = 0, last = 0]) => ({
          type: "application/octet-stream",
          range: `${first}-${last}/${size}`,
          body: whole.body.subarray(first, last + 1),
        })),
      );
    });

    test("names a repository that is not synchronized yet", async () => {
      const name = "org/not-yet";
      await site.sync({ repositories: [...DEMO_REPOSITORIES, { repository: name, auth_required: false }] });
      const zeros = `sha256:${"0".repeat(64)}`;
      for (const path of [
        `/v2/${name}/manifests/latest`,
        `/v2/${name}/blobs/${zeros}`,
        `/v2/${name}/tags/list`,
        `/v2/${name}/referrers/${zeros}`,
        `/extensions/v2/${name}/signatures/${zeros}`,
      ]) {
        const { status, body } = await get(path);
        expect([path, status, JSON.parse(body.toString()).errors]).toEqual([
          path,
          404,
          [
            {
              code: "NAME_UNKNOWN",
              message: expect.stringContaining("not been synchronized to this Smart Proxy yet"),
              detail: { name },
            },
          ],
        ]);
      }
    });
  });

  describe("podman", () => testRows(stage(podman), PODMAN));
  describe("skopeo", () => testRows(stage(skopeo), SKOPEO));

  describe("copies are the same as in Pulp, digest by digest", () => {
    const copy = async (reference: string, ...options: string[]) => {
      const folder = join(home.folder, "tmp", `copy-${reference.replace(":", "-")}${options.join("")}`);
      const from = `docker://${site.tls}/org/private-app${reference.startsWith("sha256") ? "@" : ":"}${reference}`;
      const { code, said } = await skopeo(home)([
        ...options,
        ...["copy", "--src-creds", "alice:secret", from, `dir:${folder}`],
      ]);
      expect({ code, said }).toEqual({ code: 0, said: expect.any(String) });
      return copied(folder);
    };

    test.each(["1.0", "1.1", "latest", "docker"])("tag %s", async (tag) => {
      const { digest, manifest } = await manifestOf(tag);
      expect(await copy(tag)).toEqual({ manifest: digest, blobs: blobsOf(manifest) });
    });

    test("an image by digest", async () => {
      const { digest, manifest } = await manifestOf("latest");
      expect(await copy(digest)).toEqual({ manifest: digest, blobs: blobsOf(manifest) });
    });

    test.each(["amd64", "arm64"])("an image index for %s", async (architecture) => {
      const index = await manifestOf("multi");
      const child = index.manifest.manifests?.find(({ platform }) => platform?.architecture === architecture);
      const { manifest } = await manifestOf(child?.digest ?? "");
      expect(await copy("multi", "--override-arch", architecture)).toEqual({
        manifest: child?.digest,
        blobs: blobsOf(manifest),
      });
    });

    test("podman pulls the requested platform", async () => {
      const image = `${site.tls}/org/private-app:multi`;
      const client = podman(home);
      await client(["login", "-u", "alice", "-p", "secret", site.tls]);
      const pulled = await client(["pull", "--platform", "linux/arm64", image]);
      expect(pulled.code).toBe(0);
      const { stdout } = await client(["image", "inspect", "--format", "{{.Architecture}}", image]);
      expect(stdout.trim()).toBe("arm64");
    });
  });
});
