/** An image of many layers as an OCI layout in a folder (image layout specification 1.1). */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

const LAYER_SIZE = 200_000;
const IMAGE = "application/vnd.oci.image";

const digestOf = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

async function tarOf(name: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name }, randomBytes(LAYER_SIZE));
  archive.finalize();
  return buffer(archive);
}

/** Writes the layout; the image is called `layers` in it. */
export async function writeLayeredImage(folder: string, count: number): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const put = (data: Buffer, mediaType: string) => {
    const hex = digestOf(data);
    writeFileSync(join(blobs, hex), data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const tars = await Promise.all(Array.from({ length: count }, (_, index) => tarOf(`file-${index}`)));
  const layers = tars.map((tar) => put(gzipSync(tar), `${IMAGE}.layer.v1.tar+gzip`));
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: tars.map((tar) => `sha256:${digestOf(tar)}`) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: `${IMAGE}.manifest.v1+json`,
    config: put(Buffer.from(JSON.stringify(config)), `${IMAGE}.config.v1+json`),
    layers,
  };
  const described = put(Buffer.from(JSON.stringify(manifest)), manifest.mediaType);
  const annotations = { "org.opencontainers.image.ref.name": "layers" };
  const index = { schemaVersion: 2, manifests: [{ ...described, annotations }] };
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}
