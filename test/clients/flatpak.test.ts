/** flatpak through Apache, with a real Pulp: the index filtered for the caller, and open. */
import { afterAll, beforeAll, describe } from "@jest/globals";
import { DEMO_HOST } from "../../src/demo/certificates.ts";
import { DEMO_REPOSITORIES } from "../../src/demo/world.ts";
import { type Door, startDoor } from "./door.ts";
import { flatpak, pushFlatpaks, writePassword } from "./flatpak.ts";
import type { Home } from "./home.ts";
import { type HostProxy, startHostProxy } from "./host-proxy.ts";
import { versionOf } from "./program.ts";
import { type Row, testRows } from "./rows.ts";

const REPOSITORIES = [
  { repository: "org/flatpak-platform", auth_required: false },
  { repository: "org/flatpak-open", auth_required: false },
  { repository: "org/flatpak-private", auth_required: true },
];
const ADD = "remote-add --no-gpg-verify";
const INSTALL = "install -y --noninteractive";
const PRIVATE = "org.example.Private";

/** A site whose Pulp has a runtime, a public app and a private one, granted to alice and the demo's host. */
async function startFlatpakDoor(settings: Record<string, unknown>): Promise<{ door: Door; home: Home }> {
  const door = await startDoor({ settings });
  const home = door.makeHome();
  await pushFlatpaks(door.pulp, home);
  const granted = REPOSITORIES.filter(({ auth_required }) => auth_required);
  door.katello.setUser("alice", {
    password: "secret",
    repositories: granted.map(({ repository }) => repository),
  });
  await door.sync({
    repositories: [...DEMO_REPOSITORIES, ...REPOSITORIES],
    hosts: { [DEMO_HOST]: granted },
  });
  return { door, home };
}

const FILTERED: readonly Row[] = [
  { when: "adds the gateway as a remote", run: `${ADD} stranger oci+https://HOST/` },
  {
    when: "lists public apps without a login",
    run: "remote-ls -a stranger",
    says: ["org.example.Open", "org.example.Platform"],
    never: /org\.example\.Private/,
  },
  {
    when: "adds the gateway as a remote for a registered host's certificate",
    run: `${ADD} host oci+http://SCRATCH/`,
  },
  {
    when: "lists granted apps as a registered host",
    run: "remote-ls -a host",
    says: ["org.example.Open", "org.example.Platform", PRIVATE],
  },
  { when: "installs a public app with its runtime", run: `${INSTALL} stranger org.example.Open` },
  { when: "lists both", run: "list -a", says: ["org.example.Open", "org.example.Platform"] },
];

const OPEN: readonly Row[] = [
  { when: "adds the gateway as a remote", run: `${ADD} gateway oci+https://HOST/` },
  {
    when: "lists all apps without a login",
    run: "remote-ls -a gateway",
    says: ["org.example.Open", PRIVATE],
  },
  {
    when: "is refused a private app without a password",
    run: `${INSTALL} gateway ${PRIVATE}`,
    code: 1,
    says: "Server returned status 401",
  },
];
const WITH_PASSWORD: readonly Row[] = [
  { when: "installs a private app with a password", run: `${INSTALL} gateway ${PRIVATE}` },
  { when: "lists the private app", run: "list -a", says: PRIVATE },
];

const version = await versionOf("flatpak");

describe(`${version}, flatpak_index: filtered`, () => {
  let world: Awaited<ReturnType<typeof startFlatpakDoor>>;
  let proxy: HostProxy;
  beforeAll(async () => {
    world = await startFlatpakDoor({});
    proxy = await startHostProxy(world.door.host);
  });
  afterAll(async () => {
    await proxy?.stop();
    await world?.door.stop();
  });

  testRows(
    () => ({
      client: flatpak(world.home),
      host: world.door.host,
      home: world.home.folder,
      scratch: proxy.host,
    }),
    FILTERED,
  );
});

describe(`${version}, flatpak_index: open`, () => {
  let world: Awaited<ReturnType<typeof startFlatpakDoor>>;
  beforeAll(async () => {
    world = await startFlatpakDoor({ flatpak_index: "open" });
  });
  afterAll(() => world?.door.stop());
  const stage = () => ({ client: flatpak(world.home), host: world.door.host, home: world.home.folder });

  testRows(stage, OPEN);
  describe("with alice's password stored", () => {
    beforeAll(() => writePassword(world.home, world.door.host, "alice", "secret"));
    testRows(stage, WITH_PASSWORD);
  });
});
