/** podman and skopeo through the gateway, with a real Pulp behind it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Client, podman, skopeo } from "../clients/client.ts";
import { type Home, makeHome } from "../clients/home.ts";
import { PODMAN, SKOPEO } from "../clients/pulls.ts";
import { testRows } from "../clients/rows.ts";
import { type Site, settingsOf, startSite } from "../clients/site.ts";
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

/** A manifest as Pulp itself has it. */
async function manifestOf(reference: string): Promise<{ digest: string; manifest: Manifest }> {
  const { body } = await fetchAsGateway(pulp, `/pulpcore_registry/v2/org/private-app/manifests/${reference}`);
  return { digest: digestOf(body), manifest: JSON.parse(body.toString()) };
}

/** The digests of all that skopeo has copied to a folder. */
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

describe(`before pulp_container ${pulp.version}`, () => {
  describe("podman", () => testRows(stage(podman), PODMAN));
  describe("skopeo", () => testRows(stage(skopeo), SKOPEO));

  describe("what arrives is what Pulp has, digest by digest", () => {
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

    test("a digest", async () => {
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

    test("podman pulls the platform that it is told", async () => {
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
