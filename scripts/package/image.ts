/** The image as an archive in OCI's format, by buildah. That format has no health command: the quadlets name it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Parts of an image. */
export interface ImageOptions {
  /** Folder with `packaging`, and with the staged application in `build/root`. */
  readonly context: string;
  /** Image with Node.js. */
  readonly base: string;
  readonly version: string;
  readonly revision: string;
  readonly time: Date;
  /** Variables of buildah, which name its storage. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Packs a folder so that the same files give the same bytes: buildah's own archive names the time at which it was made. */
function packFolder(folder: string, archive: string, time_s: string): void {
  const args = [
    "--sort=name",
    `--mtime=@${time_s}`,
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u=rwX,go=rX",
  ];
  execFileSync("tar", [...args, "--create", "--file", archive, "--directory", folder, "."]);
}

/** Makes the archive, which `podman load` and `skopeo copy oci-archive:FILE` read. */
export function makeImage(
  archive: string,
  { context, base, version, revision, time, environment }: ImageOptions,
): void {
  const time_s = String(time.getTime() / 1000);
  const name = `localhost/container-gateway:${version}`;
  const run = (...args: string[]) =>
    execFileSync("buildah", args, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
  run(
    ...[
      "build",
      "--isolation",
      "chroot",
      "--format",
      "docker",
      "--timestamp",
      time_s,
      "--tag",
      name,
      "--no-cache",
    ],
    ...["--build-arg", `BASE=${base}`, "--build-arg", `VERSION=${version}`],
    ...["--build-arg", `REVISION=${revision}`, "--build-arg", `CREATED=${time.toISOString()}`],
    ...["--file", join(context, "packaging/container/Containerfile"), context],
  );
  const unpacked = mkdtempSync(`${archive}.`);
  try {
    run("push", "--quiet", name, `oci:${unpacked}:${name}`);
    packFolder(unpacked, archive, time_s);
  } finally {
    rmSync(unpacked, { recursive: true });
  }
}
