/** The real programs of the tests: their paths and versions, and how to install missing ones. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { must } from "./command.ts";

interface Source {
  readonly path: string;
  readonly from: string;
  /** Arguments that print its version. */
  readonly version: readonly string[];
}

const debian = (path: string, from: string, ...version: string[]): Source => ({
  path,
  from: `apt-get install ${from}`,
  version: version.length === 0 ? ["--version"] : version,
});

const DEBIAN = {
  podman: debian("/usr/bin/podman", "podman"),
  skopeo: debian("/usr/bin/skopeo", "skopeo"),
  buildah: debian("/usr/bin/buildah", "buildah"),
  docker: debian("/usr/bin/docker", "docker.io"),
  dockerd: debian("/usr/sbin/dockerd", "docker.io"),
  containerd: debian("/usr/bin/containerd", "containerd"),
  ctr: debian("/usr/bin/ctr", "containerd"),
  flatpak: debian("/usr/bin/flatpak", "flatpak"),
  "dbus-run-session": debian("/usr/bin/dbus-run-session", "dbus"),
  apache2: debian("/usr/sbin/apache2", "apache2", "-v"),
  nginx: debian("/usr/sbin/nginx", "nginx", "-v"),
  haproxy: debian("/usr/sbin/haproxy", "haproxy", "-v"),
  prometheus: debian("/usr/bin/prometheus", "prometheus"),
  promtool: debian("/usr/bin/promtool", "prometheus"),
  "docker-registry": debian("/usr/bin/docker-registry", "docker-registry"),
  curl: debian("/usr/bin/curl", "curl"),
  faketime: debian("/usr/bin/faketime", "faketime"),
  openssl: debian("/usr/bin/openssl", "openssl", "version"),
  ruby: debian("/usr/bin/ruby", "ruby ruby-rest-client ruby-vcr ruby-webmock ruby-json-schema"),
} as const;

const GO_SCRIPT = new URL("go-programs.sh", import.meta.url).pathname;
const CACHE = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");

/** Clients that are not in Debian. */
const GO_PROGRAMS = ["crane", "oras", "regctl", "regsync", "helm", "conformance", "oasdiff"] as const;
/** One of these. */
export type GoProgram = (typeof GO_PROGRAMS)[number];
/** Programs around clients' libraries, in the folder `go`. */
export type LibraryProgram = "partial" | "lazy";
/** All programs. */
export type Program = keyof typeof DEBIAN | GoProgram | LibraryProgram;

const LIBRARY_SOURCES = new URL("go/", import.meta.url).pathname;

/** Checksum of the sources, by which the script names the programs that it builds. */
function libraryVersion(): string {
  const names = readdirSync(LIBRARY_SOURCES, { recursive: true, encoding: "utf8" });
  const sources = ["go.mod", "go.sum", ...names.filter((name) => name.endsWith(".go")).sort()];
  const sum = createHash("sha256");
  for (const name of sources) sum.update(readFileSync(join(LIBRARY_SOURCES, name)));
  return sum.digest("hex").slice(0, 12);
}

/** The version of a module in the programs, such as `5.42.1`. */
export function libraryModule(path: string): string {
  const [, version] =
    new RegExp(`^\\t${path} v(\\S+)$`, "m").exec(readFileSync(join(LIBRARY_SOURCES, "go.mod"), "utf8")) ?? [];
  if (version === undefined) throw new Error(`${LIBRARY_SOURCES}go.mod does not name ${path}`);
  return version;
}

/** The version that the script builds. */
function goVersion(name: GoProgram): string {
  const [, version] = new RegExp(`/${name}@(\\S+)`).exec(readFileSync(GO_SCRIPT, "utf8")) ?? [];
  if (version === undefined) throw new Error(`${GO_SCRIPT} does not build ${name}`);
  return version;
}

const isGoProgram = (name: Program): name is GoProgram => GO_PROGRAMS.some((one) => one === name);

const goSource = (name: string, version: string): Source => ({
  path: join(CACHE, "container-gateway", "go", `${name}-${version}`),
  from: "bash test/clients/go-programs.sh",
  version: [],
});

function sourceOf(name: Program): Source {
  if (name === "partial" || name === "lazy") return goSource(name, libraryVersion());
  return isGoProgram(name) ? goSource(name, goVersion(name)) : DEBIAN[name];
}

/** The path of a program. @throws Error with how to install it */
export function programPath(name: Program): string {
  const { path, from } = sourceOf(name);
  if (!existsSync(path)) throw new Error(`${name} is missing: ${from}`);
  return path;
}

/** Name and version, such as `podman 4.3.1`. @throws Error with how to install it */
export async function versionOf(name: Program): Promise<string> {
  const path = programPath(name);
  const { version } = sourceOf(name);
  if (version.length === 0) return `${name} ${/-v([^/]+)$/.exec(path)?.[1]}`;
  const said = await must("/bin/sh", ["-c", 'exec "$@" 2>&1', "sh", path, ...version]);
  return `${name} ${/\d+\.\d+(?:\.\d+)*/.exec(said)?.[0]}`;
}
