/** flatpak in its own namespaces: it trusts only the test's CA, and its processes end with it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RealPulp } from "../pulp/target.ts";
import { pushDoor } from "./attached.ts";
import type { Client } from "./client.ts";
import { must, run } from "./command.ts";
import type { Home } from "./home.ts";
import { programPath } from "./program.ts";

/** The folder in which flatpak's HTTP library looks for CAs. */
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const ISOLATED = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"];

/** flatpak under a session bus, which its authenticator needs. */
export const flatpak =
  (home: Home): Client =>
  (args) =>
    run(
      "/usr/bin/unshare",
      [
        ...ISOLATED,
        'mount --bind "$SSL_CERT_FILE" "$0" && "$@"',
        AUTHORITIES,
        ...[programPath("dbus-run-session"), "--", programPath("flatpak"), "--user", ...args],
      ],
      { env: { ...home.env, FLATPAK_USER_DIR: join(home.folder, "data/flatpak") }, cwd: home.folder },
    );

/** Stores the password where flatpak's authenticator reads it. */
export function writePassword({ folder }: Home, host: string, login: string, password: string): void {
  mkdirSync(join(folder, ".docker"), { recursive: true });
  const auth = Buffer.from(`${login}:${password}`).toString("base64");
  writeFileSync(join(folder, ".docker/config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
}

const ARCHITECTURE = "x86_64";
const RUNTIME = "org.example.Platform";

/** A runtime and two apps of a few bytes each. */
const PARTS = [
  { kind: "runtime", id: RUNTIME, repository: "org/flatpak-platform", folder: "usr" },
  { kind: "app", id: "org.example.Open", repository: "org/flatpak-open", folder: "files" },
  { kind: "app", id: "org.example.Private", repository: "org/flatpak-private", folder: "files" },
] as const;

const metadata = (kind: "runtime" | "app", id: string): string =>
  [
    kind === "app" ? "[Application]" : "[Runtime]",
    `name=${id}`,
    `runtime=${RUNTIME}/${ARCHITECTURE}/stable`,
    `sdk=${RUNTIME}/${ARCHITECTURE}/stable`,
    "",
  ].join("\n");

/** Builds them and pushes the images to a real Pulp. */
export async function pushFlatpaks(pulp: RealPulp, home: Home): Promise<void> {
  const inHome = (...names: string[]) => join(home.folder, "tmp", ...names);
  const certificates = pulp.file("docker");
  for (const { kind, id, repository, folder } of PARTS) {
    mkdirSync(inHome(id, folder, "bin"), { recursive: true });
    for (const name of ["files", "export"]) mkdirSync(inHome(id, name), { recursive: true });
    writeFileSync(inHome(id, "metadata"), metadata(kind, id));
    writeFileSync(inHome(id, folder, "bin", "hello"), `#!/bin/sh\necho ${id}\n`, { mode: 0o755 });
    const flag = kind === "runtime" ? ["--runtime"] : [];
    const steps = [
      [
        "build-export",
        "--disable-sandbox",
        `--arch=${ARCHITECTURE}`,
        ...flag,
        inHome("repo"),
        inHome(id),
        "stable",
      ],
      [
        "build-bundle",
        "--oci",
        `--arch=${ARCHITECTURE}`,
        ...flag,
        inHome("repo"),
        inHome(`${id}.oci`),
        id,
        "stable",
      ],
    ];
    for (const step of steps) await must(programPath("flatpak"), step, { env: home.env, cwd: home.folder });
    await must(
      programPath("skopeo"),
      [
        ...["--insecure-policy", "copy", "--dest-cert-dir", certificates],
        ...[`oci:${inHome(`${id}.oci`)}`, `docker://${pushDoor(pulp)}/${repository}:latest`],
      ],
      { env: home.env },
    );
  }
}
