/** podman, skopeo and curl, over TLS and over plain http, before the demo's Pulp. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { pem } from "../support/gateway.ts";
import { run } from "./command.ts";
import { type Home, makeHome } from "./home.ts";
import { podman, skopeo } from "./podman.ts";
import { programPath, versionOf } from "./program.ts";
import { type Row, type Stage, testRows } from "./rows.ts";
import { type Site, startSite } from "./site.ts";

const UNAUTHORIZED = /authentication required|unauthorized|requested access to the resource is denied/;

const PODMAN: readonly Row[] = [
  { when: "pulls a public image without a login", run: "pull HOST/org/public-app:latest" },
  {
    when: "is refused a private image without a login",
    run: "pull HOST/org/private-app:latest",
    code: 125,
    says: UNAUTHORIZED,
  },
  {
    when: "is refused a login with a wrong password",
    run: "login -u alice -p wrong HOST",
    code: 125,
    says: "invalid username/password",
  },
  { when: "logs in", run: "login -u alice -p secret HOST", says: "Login Succeeded!" },
  { when: "pulls a private image with the login", run: "pull HOST/org/private-app:latest" },
  {
    when: "is refused an image that the user has no grant for",
    run: "pull HOST/org/other-app:latest",
    code: 125,
    says: "repository name not known to registry",
  },
  {
    when: "is refused a push, and told why",
    run: "push HOST/org/private-app:latest",
    code: 125,
    says: "Pushing content is unsupported",
  },
  { when: "logs out", run: "logout HOST", says: "Removed login credentials" },
  { when: "logs in as another user", run: "login -u bob -p hunter2 HOST", says: "Login Succeeded!" },
  {
    when: "is refused the private image as that user",
    run: "pull HOST/org/private-app:1.0",
    code: 125,
    says: "repository name not known to registry",
  },
  { when: "logs out again", run: "logout HOST", says: "Removed login credentials" },
];

const SKOPEO: readonly Row[] = [
  {
    when: "inspects a public image without a login",
    run: "inspect docker://HOST/org/public-app:latest",
    says: ['"Name": "HOST/org/public-app"', '"1.1"'],
  },
  {
    when: "is refused the tags of a private repository without a login",
    run: "list-tags docker://HOST/org/private-app",
    code: 1,
    says: UNAUTHORIZED,
  },
  {
    when: "lists the tags of a private repository",
    run: "list-tags --creds alice:secret docker://HOST/org/private-app",
    says: ['"multi"', '"docker"', '"latest"'],
  },
  {
    when: "inspects a private image",
    run: "inspect --creds alice:secret docker://HOST/org/private-app:multi",
    says: '"Architecture": "amd64"',
  },
  {
    when: "is refused the private repository as another user",
    run: "inspect --creds bob:hunter2 docker://HOST/org/private-app:latest",
    code: 1,
    says: "repository name not known to registry",
  },
  {
    when: "is refused a push, and told why",
    run: "copy --src-creds alice:secret --dest-creds alice:secret docker://HOST/org/private-app:1.0 docker://HOST/org/private-app:new",
    code: 1,
    says: "Pushing content is unsupported",
  },
];

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

describe.each(["TLS", "plain http"] as const)("over %s", (way) => {
  let home: Home;
  beforeAll(() => {
    home = makeHome({ ca: site.ca, plain: [site.plain] });
  });
  afterAll(() => home?.remove());
  const host = () => (way === "TLS" ? site.tls : site.plain);
  const stage = (client: typeof podman) => (): Stage => ({
    client: client(home),
    host: host(),
    home: home.folder,
  });

  describe(names.podman, () => {
    testRows(stage(podman), PODMAN);

    test("has pulled the very image that Pulp has", async () => {
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
});
