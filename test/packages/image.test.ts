/** The image: built by buildah, run with a read-only root, pulled from, and pulled through itself; and the quadlets. */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { makeImage } from "../../scripts/package/image.ts";
import { type DemoKatello, startDemoKatello } from "../../src/demo/katello.ts";
import { sendSync } from "../../src/demo/sync.ts";
import { DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "../../src/demo/world.ts";
import { listens, startApache } from "../clients/apache.ts";
import { type Daemon, must, run, startDaemon } from "../clients/command.ts";
import { type Home, makeHome } from "../clients/home.ts";
import { freePorts } from "../pulp/ports.ts";
import { createDatabase } from "../support/database.ts";
import { pem, settingsFor, testFolder } from "../support/gateway.ts";
import { openTunnel, type Tunnel } from "../support/tunnel.ts";
import { type Debian, makeDebian } from "./debian.ts";
import { ROOT } from "./folders.ts";
import { editionFolder } from "./made.ts";
import { NEXT_VERSION } from "./versions.ts";

/** Most that the image takes on a disk. */
const MAX_IMAGE_BYTES = 200 * 1024 ** 2;
const IMAGE = "localhost/container-gateway:test";
/** What Node.js needs of Debian. */
const LIBRARIES = ["base-files", "libc6", "libgcc-s1", "libstdc++6", "ca-certificates", "netbase", "tzdata"];

let folder: string;
let home: Home;
let debian: Debian;
beforeAll(async () => {
  folder = mkdtempSync("/dev/shm/cgw-image-");
  home = makeHome({});
  debian = await makeDebian();
}, 60_000);
afterAll(async () => {
  await debian?.remove();
  home?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const buildah = (...args: string[]) => must("buildah", args, { env: home.env, seconds: 170 });

/** Node.js of the images where CI has fetched it, or the one of this machine. */
function nodeBinary(): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "container-gateway");
  const newest = join(cache, "node-24/bin/node");
  return existsSync(newest) ? newest : process.execPath;
}

/** Makes a base of Debian's packages and Node.js, without a shell. */
async function makeBase(): Promise<void> {
  const root = join(folder, "base");
  mkdirSync(join(root, "usr/local/bin"), { recursive: true });
  await debian.must("sh", "-c", `cd /tmp && apt-get download -qq ${LIBRARIES.join(" ")}`);
  // The merged folders first, which base-files expects.
  for (const name of ["bin", "lib", "lib64", "sbin"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    await must("ln", ["-s", `usr/${name}`, join(root, name)]);
  }
  const packages = readdirSync(join(debian.folder, "tmp")).filter((name) => name.endsWith(".deb"));
  for (const name of packages)
    await must("sh", [
      "-c",
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      "sh",
      join(debian.folder, "tmp", name),
      root,
    ]);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/usr/sbin/nologin\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\n");
  for (const name of ["doc", "man", "locale"])
    rmSync(join(root, "usr/share", name), { recursive: true, force: true });
  cpSync(nodeBinary(), join(root, "usr/local/bin/node"));
  const container = (await buildah("from", "scratch")).trim();
  await buildah("copy", "--quiet", container, root, "/");
  await buildah("config", "--env", "PATH=/usr/local/bin:/usr/bin", container);
  await buildah("commit", "--quiet", "--rm", container, "localhost/base:test");
}

async function buildImage(): Promise<void> {
  const context = join(folder, "context");
  mkdirSync(join(context, "build"), { recursive: true });
  await must("cp", ["-a", join(editionFolder("new"), "root"), join(context, "build/root")]);
  cpSync(join(ROOT, "packaging"), join(context, "packaging"), { recursive: true });
  await buildah(
    ...["build", "--quiet", "--isolation", "chroot", "--format", "docker", "--tag", IMAGE],
    ...["--build-arg", "BASE=localhost/base:test", "--build-arg", `VERSION=${NEXT_VERSION}`],
    ...["--file", join(context, "packaging/container/Containerfile"), context],
  );
}

const bytesOf = async (path: string): Promise<number> =>
  Number((await must("du", ["-sb", path])).split("\t")[0]);

describe("the image", () => {
  let root: string;
  beforeAll(async () => {
    await makeBase();
    await buildImage();
    const container = (await buildah("from", "--pull-never", IMAGE)).trim();
    root = (await buildah("mount", container)).trim();
  }, 180_000);

  test("is below 200 MB", async () => {
    const bytes = await bytesOf(root);
    process.stdout.write(`the image takes ${Math.round(bytes / 1e6)} MB\n`);
    expect(bytes).toBeLessThan(MAX_IMAGE_BYTES);
  });

  test("has labels, a health command, one volume, and an account that is not root", async () => {
    const { OCIv1, Docker } = JSON.parse(await buildah("inspect", "--type", "image", IMAGE));
    expect(OCIv1.config.Labels).toMatchObject({
      "org.opencontainers.image.version": NEXT_VERSION,
      "org.opencontainers.image.licenses": "GPL-3.0-or-later",
    });
    expect(OCIv1.config).toMatchObject({
      User: "10001:10001",
      Volumes: { "/var/lib/container-gateway": {} },
      Entrypoint: ["node", "/usr/lib/container-gateway/dist/cli.js"],
      Cmd: ["serve"],
    });
    expect(Docker.config.Healthcheck.Test).toEqual(["CMD", "node", "/usr/lib/container-gateway/health.mjs"]);
  });

  test("is the same bytes each time it is made for a release, and podman loads it", async () => {
    const options = {
      ...{ context: join(folder, "context"), base: "localhost/base:test", version: NEXT_VERSION },
      ...{ revision: "0123abc", time: new Date("2026-01-02T00:00:00Z") },
      environment: { ...home.env, PATH: process.env.PATH },
    };
    const archives = ["first.tar", "second.tar"].map((name) => join(folder, name));
    for (const archive of archives) makeImage(archive, options);
    const [first, second] = archives.map((archive) =>
      createHash("sha256").update(readFileSync(archive)).digest("hex"),
    );
    expect(first).toBe(second);
    const loaded = makeHome({});
    const { code } = await run("podman", ["load", "--quiet", "--input", archives[0] ?? ""], {
      env: loaded.env,
    });
    loaded.remove();
    expect(code).toBe(0);
  });

  describe("with a read-only root, as its account", () => {
    let katello: DemoKatello;
    let registry: Daemon;
    let apache: Awaited<ReturnType<typeof startApache>>;
    let gateway: Daemon;
    let database: Tunnel;
    let runtime: string;
    const inside = (...command: string[]): string[] => [
      ...["--ro-bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--unshare-pid", "--die-with-parent"],
      ...["--unshare-user", "--uid", "10001", "--gid", "10001"],
      ...["--bind", runtime, "/run", "--bind", testFolder(), testFolder()],
      ...[
        "--clearenv",
        "--setenv",
        "HOME",
        "/var/lib/container-gateway",
        "--setenv",
        "PATH",
        "/usr/local/bin:/usr/bin",
      ],
      ...command,
    ];
    const urlIn = (scheme: string) =>
      new RegExp(`"url":"${scheme}://[^"]*:(\\d+)","msg":"listening`).exec(gateway.said())?.[1] ?? "";

    beforeAll(async () => {
      runtime = join(folder, "run");
      mkdirSync(join(runtime, "container-gateway"), { recursive: true });
      const ca = pem("ca.crt");
      const server = { cert: pem("server.crt"), key: pem("server.key") };
      katello = await startDemoKatello({ tls: { ca, server }, users: DEMO_USERS, hosts: DEMO_HOSTS });
      const port = await freePorts(2);
      const file = join(folder, "registry.yml");
      const storage = { filesystem: { rootdirectory: join(folder, "registry") } };
      writeFileSync(file, stringify({ version: "0.1", storage, http: { addr: `127.0.0.1:${port}` } }));
      registry = await startDaemon("docker-registry", ["serve", file], () => listens(port));
      apache = await startApache(
        `Listen 127.0.0.1:${port + 1}\nProxyPass /pulpcore_registry/v2/ http://127.0.0.1:${port}/v2/\n`,
        port + 1,
      );
      await buildah(
        "push",
        "--quiet",
        "--tls-verify=false",
        IMAGE,
        `docker://127.0.0.1:${port}/org/private-app:gateway`,
      );
      // The account of the container may not open PostgreSQL's socket.
      database = await openTunnel(await createDatabase());
      const pulp = `http://127.0.0.1:${port + 1}`;
      const { listen, ...usual } = settingsFor(katello.origin, pulp, database.url, "");
      const settings = join(testFolder(), "image-settings.yml");
      writeFileSync(settings, stringify({ ...usual, admin_listen: undefined, listen: listen.slice(0, 2) }));
      gateway = await startDaemon(
        "bwrap",
        inside("node", "/usr/lib/container-gateway/dist/cli.js", "serve", "--config", settings),
        (said) => said.includes("change feed connected") && said.includes("administration listening"),
      );
      await sendSync({
        baseUrl: `https://localhost:${urlIn("https")}`,
        tls: { ca, cert: pem("foreman.crt"), key: pem("foreman.key") },
        ...DEMO_SYNC,
      });
    }, 120_000);
    afterAll(async () => {
      await gateway?.stop();
      await database?.close();
      await apache?.stop();
      await registry?.stop();
      await katello?.close();
    });

    const health = () => run("bwrap", inside("node", "/usr/lib/container-gateway/health.mjs"));

    test("it is healthy", async () => {
      expect(await health()).toMatchObject({ code: 0, said: "" });
    });

    test("it is pulled by podman through the gateway that it contains", async () => {
      const puller = makeHome({});
      const image = `localhost:${urlIn("http")}/org/private-app:gateway`;
      const pull = (creds: string) =>
        run("podman", ["pull", "--quiet", "--tls-verify=false", `--creds=${creds}`, image], {
          env: puller.env,
        });
      expect((await pull("bob:hunter2")).code).toBe(125);
      const pulled = await pull("alice:secret");
      expect(pulled.code).toBe(0);
      const { stdout } = await run("podman", ["image", "inspect", "--format", "{{.Config.User}}", image], {
        env: puller.env,
      });
      expect(stdout.trim()).toBe("10001:10001");
      puller.remove();
    });

    test("it is not healthy when the gateway is gone", async () => {
      await gateway.stop();
      expect(await health()).toMatchObject({
        code: 1,
        said: expect.stringMatching(/^the gateway can't be asked: /),
      });
    });
  });
});

test("podman of Debian 13 makes units from the quadlets", async () => {
  await debian.must("apt-get", "install", "-y", "-qq", "--no-install-recommends", "podman");
  cpSync(join(ROOT, "packaging/quadlet"), join(debian.folder, "etc/containers/systemd"), { recursive: true });
  const generate = () => debian.run("/usr/libexec/podman/quadlet", "-dryrun");
  const { code, said } = await generate();
  expect(code).toBe(0);
  for (const unit of [
    "container-gateway.service",
    "container-gateway-foreman.service",
    "container-gateway-volume.service",
  ])
    expect(said).toContain(`---${unit}---`);
  expect(said).toMatch(/--read-only/);
  expect(said).toMatch(/PartOf=foreman\.target/);
  // A key that it does not know is an error, so the keys above are known.
  appendFileSync(
    join(debian.folder, "etc/containers/systemd/container-gateway.container"),
    "[Container]\nNonsense=1\n",
  );
  expect((await generate()).said).toMatch(/unsupported key 'Nonsense'/);
});
