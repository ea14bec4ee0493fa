/**
 * Container images, built in memory and reproducible byte for byte. Their layers are tar files, so podman and docker can pull
 * them. OCI Image Format Specification 1.1, Docker Image Manifest Version 2, Schema 2.
 */
import { createCipheriv, createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** A manifest or an index. */
export interface DemoManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly body: Buffer;
}

/** A repository with its content. */
export interface DemoImage {
  /** Name of the repository, such as `org/public-app`. */
  readonly name: string;
  /** Digests of manifests by tag. */
  readonly tags: ReadonlyMap<string, string>;
  /** Manifests by digest, also those that only an index names. */
  readonly manifests: ReadonlyMap<string, DemoManifest>;
  /** Layers and configurations, by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Layer {
  readonly blob: Buffer;
  /** Digest of the tar file before compression, as a configuration lists it. */
  readonly diffId: string;
}

interface Format {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
}

const oci: Format = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};
const docker: Format = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};
const ociIndex = "application/vnd.oci.image.index.v1+json";
const created = "2026-01-01T00:00:00Z";

const digestOf = (data: Buffer): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** Returns `size` pseudorandom bytes that depend on `seed` only. */
function noise(seed: string, size: number): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

async function makeLayer(files: Record<string, Buffer | string>): Promise<Layer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    archive.entry({ name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(created) }, content);
  }
  archive.finalize();
  const tar = await buffer(archive);
  // Level 0, because the output of deflate differs between zlib builds, and so would the digests.
  const blob = gzipSync(tar, { level: 0 });
  blob[9] = 255; // operating system in the gzip header: unknown, so that it is reproducible
  return { blob, diffId: digestOf(tar) };
}

/** Builds the content of one repository. */
class Builder {
  readonly tags = new Map<string, string>();
  readonly manifests = new Map<string, DemoManifest>();
  readonly blobs = new Map<string, Buffer>();
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  image(
    layers: readonly Layer[],
    label: string,
    format = oci,
    architecture = "amd64",
    labels: Readonly<Record<string, string>> = {},
  ): Descriptor {
    const config = {
      architecture,
      os: "linux",
      created,
      config: { Cmd: ["/bin/app"], Labels: { "org.opencontainers.image.title": label, ...labels } },
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created, created_by: "demo" })),
    };
    return this.#manifest(format.manifest, {
      config: this.#blob(Buffer.from(JSON.stringify(config)), format.config),
      layers: layers.map(({ blob }) => this.#blob(blob, format.layer)),
    });
  }

  index(children: Record<string, Descriptor>): Descriptor {
    const manifests = Object.entries(children).map(([architecture, child]) => ({
      ...child,
      platform: { architecture, os: "linux" },
    }));
    return this.#manifest(ociIndex, { manifests });
  }

  tag(tag: string, { digest }: Descriptor): void {
    this.tags.set(tag, digest);
  }

  #blob(data: Buffer, mediaType: string): Descriptor {
    const digest = digestOf(data);
    this.blobs.set(digest, data);
    return { mediaType, digest, size: data.length };
  }

  #manifest(mediaType: string, content: object): Descriptor {
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
    const digest = digestOf(body);
    this.manifests.set(digest, { mediaType, digest, body });
    return { mediaType, digest, size: body.length };
  }
}

const baseLayer = () => makeLayer({ "etc/base": noise("base", 65_536) });
const appLayer = (name: string, tag: string) =>
  makeLayer({ app: noise(`${name}:${tag}`, tag === "latest" ? 1_048_576 : 20_000) });

async function versions(name: string, tags: readonly string[]): Promise<Builder> {
  const builder = new Builder(name);
  for (const tag of tags) {
    builder.tag(tag, builder.image([await baseLayer(), await appLayer(name, tag)], `${name}:${tag}`));
  }
  return builder;
}

/** Labels of a Flatpak app. */
const FLATPAK = {
  "org.flatpak.ref": "app/org.example.Hello/x86_64/stable",
  "org.flatpak.commit": createHash("sha256").update("hello").digest("hex"),
  "org.flatpak.subject": "hello",
  "org.flatpak.body": "",
  "org.flatpak.timestamp": "1767225600",
  "org.flatpak.download-size": "100",
  "org.flatpak.installed-size": "1000",
  "org.flatpak.metadata":
    "[Application]\nname=org.example.Hello\nruntime=org.example.Platform/x86_64/stable\n",
};

async function flatpakApp(name: string): Promise<Builder> {
  const builder = new Builder(name);
  const app = await makeLayer({ "files/bin/hello": "#!/bin/sh\necho hello\n" });
  const image = builder.image([app], name, oci, "amd64", FLATPAK);
  builder.tag("latest", image);
  builder.tag("stable", image);
  return builder;
}

/**
 * Makes the images of the demo: `org/public-app` and `org/private-app` with tags 1.0, 1.1, latest, `org/other-app` with 1.0,
 * latest. `org/private-app` also has `multi`, an index of amd64 and arm64, and `docker`, which is 1.0 in Docker's own
 * format. `org/flatpak-app` and `org/private-flatpak` are Flatpak apps, tagged latest and stable. The upper layer of each `latest` has 1 MiB, that of others 20 kB. Takes some 20 ms, once in each process.
 */
export async function makeDemoImages(): Promise<DemoImage[]> {
  made ??= makeImages();
  return [...(await made)];
}

let made: Promise<readonly DemoImage[]> | undefined;

async function makeImages(): Promise<DemoImage[]> {
  const publicApp = await versions("org/public-app", ["1.0", "1.1", "latest"]);
  const privateApp = await versions("org/private-app", ["1.0", "1.1", "latest"]);
  const otherApp = await versions("org/other-app", ["1.0", "latest"]);

  const layers = [await baseLayer(), await appLayer(privateApp.name, "1.0")];
  privateApp.tag("docker", privateApp.image(layers, `${privateApp.name}:1.0`, docker));
  const child = async (architecture: string) => {
    const app = await makeLayer({ app: `app for ${architecture}\n` });
    return privateApp.image([await baseLayer(), app], `multi for ${architecture}`, oci, architecture);
  };
  privateApp.tag("multi", privateApp.index({ amd64: await child("amd64"), arm64: await child("arm64") }));

  const flatpaks = [await flatpakApp("org/flatpak-app"), await flatpakApp("org/private-flatpak")];
  return [publicApp, privateApp, otherApp, ...flatpaks];
}
