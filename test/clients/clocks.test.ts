/**
 * A gateway whose clock is wrong, with clients and a Katello whose clocks are right. The pulls take longer than a token
 * is valid, so that clients have to renew it in time.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type DemoPulp, startDemoPulp } from "../../src/demo/pulp.ts";
import { callAt } from "../support/calls.ts";
import { podman } from "./client.ts";
import type { Outcome } from "./command.ts";
import { type Containerd, startContainerd, writeHosts } from "./containerd.ts";
import { type Home, makeHome } from "./home.ts";
import { versionOf } from "./program.ts";
import { type Site, startSite } from "./site.ts";
import { type SlowContent, startSlowContent } from "./slow-content.ts";

/** Clients treat a lifetime below 60 seconds as 60 seconds. */
const TOKEN_LIFE_S = 61;
/** Two of three blobs, downloaded in sequence, take longer than a token is valid. */
const BLOB_S = 32;
const REPOSITORY = "org/private-app";
/** One user for each client, because a new login extends the user's token. */
const USERS = { podman: "carol", containerd: "dave" } as const;
const PASSWORD = "secret";
const CLIENTS = ["podman", "containerd"] as const;

const names = { podman: await versionOf("podman"), containerd: await versionOf("containerd") };

const CLOCKS = { "10 minutes ahead": "+10m", "10 minutes behind": "-10m" } as const;
type Clock = keyof typeof CLOCKS;
const CLOCK_NAMES = ["10 minutes ahead", "10 minutes behind"] as const satisfies Clock[];

/** A site whose gateway's clock is wrong, and its clients. */
interface OffSite {
  readonly site: Site;
  readonly home: Home;
  readonly containerd: Containerd;
}

let slow: SlowContent;
let pulp: DemoPulp;
const sites = new Map<Clock, OffSite>();

async function startOffSite(clock: Clock): Promise<void> {
  const site = await startSite({ pulp: pulp.origin, clock: CLOCKS[clock], tokenLife: TOKEN_LIFE_S });
  for (const login of Object.values(USERS))
    site.katello.setUser(login, { password: PASSWORD, repositories: [REPOSITORY] });
  const home = makeHome({ authorities: [site.ca] });
  const containers = join(home.folder, ".config/containers/containers.conf");
  writeFileSync(containers, "[engine]\nimage_parallel_copies = 1\n");
  writeHosts(home, site.tls);
  sites.set(clock, { site, home, containerd: await startContainerd(home) });
}

function siteOf(clock: Clock): OffSite {
  const off = sites.get(clock);
  if (off === undefined) throw new Error(`no site whose clock is ${clock}`);
  return off;
}

/** Number of token requests to Katello for a user who pulls. */
const tokensOf = ({ site }: OffSite, login: string): number =>
  site.katello.requests.filter(({ url }) => url.includes(`/token?account=${login}&scope=`)).length;

const pulls = {
  podman: ({ site, home }: OffSite) => podman(home)(["pull", `${site.tls}/${REPOSITORY}:latest`]),
  containerd: ({ site, home, containerd }: OffSite) =>
    containerd.client([
      ...["images", "pull", "--hosts-dir", join(home.folder, "hosts"), "--snapshotter", "native"],
      ...["--max-concurrent-downloads", "1", "-u", `${USERS.containerd}:${PASSWORD}`],
      `${site.tls}/${REPOSITORY}:latest`,
    ]),
};

beforeAll(async () => {
  slow = await startSlowContent(BLOB_S, () => pulp.origin);
  pulp = await startDemoPulp({ contentOrigin: slow.origin });
  await Promise.all(CLOCK_NAMES.map(startOffSite));
});
afterAll(async () => {
  for (const { site, home, containerd } of sites.values()) {
    await containerd.stop();
    await site.stop();
    home.remove();
  }
  await slow?.close();
  await pulp?.close();
});

describe.each(CLOCK_NAMES)("the gateway's clock %s", (clock) => {
  test("its replies carry the wrong time", async () => {
    const url = `http://${siteOf(clock).site.plain}`;
    const { response } = await callAt(url, (gateway) => gateway.getBase());
    const ahead = (Date.parse(response.headers.get("date") ?? "") - Date.now()) / 1000;
    expect(Math.abs(ahead - Number.parseInt(CLOCKS[clock], 10) * 60)).toBeLessThan(5);
  });

  test(`${names.podman} is refused a login with a wrong password`, async () => {
    const { site, home } = siteOf(clock);
    const { code, said } = await podman(home)(["login", "-u", USERS.podman, "-p", "wrong", site.tls]);
    expect({ code, said }).toEqual({ code: 125, said: expect.stringContaining("invalid username/password") });
  });

  test(`${names.podman} logs in`, async () => {
    const { site, home } = siteOf(clock);
    const { code, said } = await podman(home)(["login", "-u", USERS.podman, "-p", PASSWORD, site.tls]);
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining("Login Succeeded!") });
  });
});

describe("pulls that take longer than a token is valid", () => {
  const outcomes = new Map<string, Promise<Outcome>>();
  beforeAll(() => {
    for (const clock of CLOCK_NAMES)
      for (const client of CLIENTS) {
        const outcome = pulls[client](siteOf(clock));
        outcome.catch(() => undefined); // The test handles it.
        outcomes.set(`${clock} ${client}`, outcome);
      }
  });

  test.each(
    CLOCK_NAMES.flatMap((clock) => CLIENTS.map((client) => ({ clock, client, name: names[client] }))),
  )(
    "$name pulls and renews its token in time, with the gateway's clock $clock",
    async ({ clock, client }) => {
      const outcome = await outcomes.get(`${clock} ${client}`);
      expect(outcome?.code === 0 ? "" : outcome?.said).toBe("");
      expect(tokensOf(siteOf(clock), USERS[client])).toBeGreaterThan(1);
    },
  );
});
