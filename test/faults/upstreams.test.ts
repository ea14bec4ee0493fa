import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { generate } from "selfsigned";
import type { Pair } from "../../src/demo/certificates.ts";
import { createDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { pem, testFolder, writeSettings } from "../support/gateway.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { type Question, type Seen, startLoad } from "./load.ts";
import { basic, get, startNeighbours, syncTo } from "./site.ts";
import {
  answering,
  answeringJson,
  MISBEHAVIOURS,
  type Misbehaviour,
  openSwitch,
  type Switch,
} from "./switch.ts";
import { addRow } from "./table.ts";

/** Seconds that the gateway waits here for each of them; the misbehaviour is far longer. */
const TIMEOUT = 2;
/** Shorter, for logins of the same account wait together and fail as one. */
const LOGIN_TIMEOUT = 1;
const DAY = 24 * 60 * 60 * 1000;

/** Certificates that nobody should take: of no authority that is known, and of the past. */
async function makeBad(expired: boolean): Promise<Pair> {
  const now = Date.now();
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    notBeforeDate: new Date(now - 30 * DAY),
    notAfterDate: new Date(expired ? now - DAY : now + DAY),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  return { cert, key };
}

let pulp: Switch;
let katello: Switch;
let gateway: GatewayProcess;
let questions: Record<"known" | "listed" | "tagged" | "login", Question>;
const bad: { expired?: Pair; foreign?: Pair } = {};
let close: () => Promise<unknown>;

beforeAll(async () => {
  const neighbours = await startNeighbours();
  const shown = { cert: pem("server.crt"), key: pem("server.key") };
  pulp = await openSwitch(neighbours.pulp.origin, shown);
  katello = await openSwitch(neighbours.katello.origin, shown);
  bad.expired = await makeBad(true);
  bad.foreign = await makeBad(false);
  const authorities = join(testFolder(), "authorities-with-expired.crt");
  writeFileSync(authorities, pem("ca.crt"));
  appendFileSync(authorities, `\n${bad.expired.cert}`);
  const config = writeSettings({
    ...neighbours.settings(await createDatabase()),
    pulp_endpoint: pulp.origin,
    pulp_content_origins: [neighbours.pulp.origin],
    foreman_url: katello.origin,
    foreman_ssl_ca: authorities,
    pulp_client_ssl_ca: authorities,
    pulp_timeout: TIMEOUT,
    foreman_timeout: LOGIN_TIMEOUT,
    tag_ttl: 0,
  });
  gateway = await startGatewayProcess({ config });
  const [https = "", http = ""] = gateway.addresses;
  await syncTo(https);
  const { token }: { token: string } = JSON.parse(
    (await get(`${http}/v2/token`, basic("alice:secret"))).text,
  );
  const headers = { authorization: `Bearer ${token}` };
  const digest = neighbours.pulp.images.get("org/private-app")?.tags.get("latest") ?? "";
  questions = {
    known: { path: `/v2/org/private-app/manifests/${digest}`, headers },
    listed: { path: "/v2/org/private-app/tags/list", headers },
    tagged: { path: "/v2/org/private-app/manifests/latest", headers },
    login: { path: "/v2/token", headers: basic("bob:hunter2") },
  };
  expect((await get(http + questions.known.path, headers)).status).toBe(200);
  close = async () => {
    await gateway.stop();
    await Promise.all([pulp.close(), katello.close()]);
    await neighbours.close();
  };
}, 60_000);
afterAll(() => close());

interface Happened {
  readonly seen: Seen;
  /** What was asked while it misbehaved. */
  readonly from: number;
  readonly to: number;
}

/** Load while a neighbour misbehaves, and for a while before and after. */
async function misbehave(
  place: Switch,
  misbehaviour: Misbehaviour,
  names: readonly (keyof typeof questions)[],
  noticed: () => boolean,
): Promise<Happened> {
  const load = startLoad({
    origin: gateway.addresses[1] ?? "",
    questions: Object.fromEntries(names.map((name) => [name, questions[name]])),
    clients: 6,
    rest: 20,
  });
  await sleep(300);
  await place.set(misbehaviour);
  const from = performance.now();
  await sleep(1_200);
  await eventually("it is noticed", noticed, 30);
  const to = performance.now();
  await place.set(undefined);
  await sleep(2_000);
  return { seen: await load.stop(), from, to };
}

/** Whether the log says something since it was this long. */
const saysSince = (length: number, text: string): boolean => gateway.said().slice(length).includes(text);

const CERTIFICATES = ["shows a certificate that has expired", "shows a certificate of the wrong authority"];
const misbehaviourOf = (name: string, more: Readonly<Record<string, Misbehaviour>> = {}): Misbehaviour => {
  const known: Readonly<Record<string, Misbehaviour>> = { ...MISBEHAVIOURS, ...more };
  const certificate = name === CERTIFICATES[0] ? bad.expired : bad.foreign;
  return known[name] ?? { act: answering("200 OK"), ...(certificate && { certificate }) };
};
/** Misbehaviours after which a breaker opens: who answers anything else is there. */
const AWAY = /^(?:down|resets|takes 70|breaks off|answers garbage|answers 50[24]|answers with 10 MB|shows)/;

const title = (name: string): string =>
  name.startsWith("takes 70 s") ? `${name}; a second or two is the limit here` : name;

/** A breaker opens where somebody seems to be away, and nowhere else; and it closes. */
const opening = (name: string, who: string) => {
  const length = gateway.said().length;
  const opened = () => saysSince(length, `${who} failed 5 times in a row`);
  return {
    noticed: () => !AWAY.test(name) || opened(),
    expectClosed: async () => {
      expect(opened()).toBe(AWAY.test(name));
      if (opened()) await eventually("it closes", () => saysSince(length, `${who} answers again`));
    },
  };
};

/** Nobody was left without an answer, or waited longer than a time limit and a bit. */
function expectAnswers(seen: Seen, statuses: readonly number[]): void {
  const got = [...new Set(seen.samples.map(({ status }) => status))];
  expect(got.filter((status) => !statuses.includes(status))).toEqual([]);
  expect(seen.slowest).toBeLessThan(TIMEOUT * 1000 + 2_000);
  const silent = seen.samples.filter(({ status, says }) => status === 503 && says === "");
  expect(silent).toEqual([]);
}

describe("Pulp", () => {
  test.each([...Object.keys(MISBEHAVIOURS), ...CERTIFICATES])(
    "%s: what is kept is answered, the rest is told what is wrong, and all is well soon after",
    async (name) => {
      const asked = ["known", "listed", "tagged"] as const;
      const { noticed, expectClosed } = opening(name, "Pulp");
      const { seen, from, to } = await misbehave(pulp, misbehaviourOf(name), asked, noticed);
      expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
      const passed = name.startsWith("redirects in a loop") ? [302] : name.includes("429") ? [429] : [];
      // What had half an answer can only break off.
      const half = name.startsWith("breaks off") ? [0, 502] : [];
      expectAnswers(seen.of("listed"), [200, 500, 502, 503, 504, ...passed]);
      expectAnswers(seen.of("tagged"), [200, 500, 502, 503, 504, ...passed, ...half]);
      const during = seen.of("listed", from + 200, to);
      expect(during.answers).not.toHaveProperty("200");
      const seconds = Math.max(seen.of("listed").recovery(to, 200), seen.of("tagged").recovery(to, 200));
      expect(seconds).toBeLessThan(2);
      await expectClosed();
      addRow({
        part: "Pulp",
        fault: title(name),
        up: "what is kept, and everything that needs no Pulp",
        saw: `kept: ${seen.of("known").text}; the others meanwhile: ${during.text}`,
        seconds,
      });
    },
  );
});

const past = () => new Date(Date.now() - 600_000);
const future = () => new Date(Date.now() + 600_000);
const told = (date: () => Date) => (head: string) =>
  head.includes("_catalog")
    ? { repositories: ["org/other-app"] }
    : { token: "a-token-of-bob", expires_in: 3600, issued_at: date().toISOString() };

/** What only Katello may do. */
const OF_KATELLO: Readonly<Record<string, Misbehaviour>> = {
  "answers with wrong JSON": { act: answeringJson(() => ({ token: 7, repositories: "all" })) },
  "leaves out the token": { act: answeringJson(() => ({ expires_in: 3600 })) },
  "answers with a web page": { act: answering("200 OK\r\nContent-Type: text/html", "<html>Log in</html>") },
  "has a clock that is 10 minutes late": { act: answeringJson(told(past), past) },
  "has a clock that is 10 minutes early": { act: answeringJson(told(future), future) },
};

describe("Katello", () => {
  test.each([...Object.keys(MISBEHAVIOURS), ...CERTIFICATES, ...Object.keys(OF_KATELLO)])(
    "%s: tokens and pulls go on, logins are told what is wrong and never that the password is, and all is well soon after",
    async (name) => {
      const asked = ["known", "listed", "login"] as const;
      const { noticed, expectClosed } = opening(name, "Katello");
      const { seen, from, to } = await misbehave(katello, misbehaviourOf(name, OF_KATELLO), asked, noticed);
      for (const one of ["known", "listed"] as const)
        expect(seen.of(one).answers).toEqual({ 200: expect.any(Number) });
      expectAnswers(seen.of("login"), [200, 502, 503, 504]);
      const during = seen.of("login", from + 200, to);
      const clock = name.includes("clock");
      expect(Object.keys(during.answers).includes("200")).toBe(clock);
      const seconds = seen.of("login").recovery(to, 200);
      expect(seconds).toBeLessThan(2);
      await expectClosed();
      addRow({
        part: "Katello",
        fault: title(name),
        up: clock ? "everything" : "pulls, known or not",
        saw: `pulls: ${seen.of("known").text}; logins meanwhile: ${during.text}`,
        ...(clock ? {} : { seconds }),
      });
    },
  );
});
