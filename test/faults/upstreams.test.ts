import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { generate } from "selfsigned";
import type { GatewayClient } from "../../src/client/index.ts";
import type { Pair } from "../../src/demo/certificates.ts";
import { callAt, pullAt } from "../support/calls.ts";
import { eventually } from "../support/eventually.ts";
import { pem, testFolder } from "../support/gateway.ts";
import type { Seen } from "./load.ts";
import { type Questions, type Site, startSite } from "./site.ts";
import { answering, answeringJson, MISBEHAVIOURS, type Misbehaviour, type Switch } from "./switch.ts";
import { addRow } from "./table.ts";

/** The gateway's timeout in seconds; the misbehaviour lasts far longer. */
const TIMEOUT = 2;
/** Shorter, because logins of the same account are coalesced and fail together. */
const LOGIN_TIMEOUT = 1;
/** Milliseconds after which all requests meet the misbehaviour, and the number of replies to collect. */
const SETTLING = 200;
const ENOUGH = 10;
const DAY = 24 * 60 * 60 * 1000;

/** Creates an invalid certificate: of an unknown CA, or an expired one. */
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

let site: Site;
const bad: { expired?: Pair; foreign?: Pair } = {};

beforeAll(async () => {
  bad.expired = await makeBad(true);
  bad.foreign = await makeBad(false);
  const authorities = join(testFolder(), "authorities-with-expired.crt");
  writeFileSync(authorities, pem("ca.crt"));
  appendFileSync(authorities, `\n${bad.expired.cert}`);
  site = await startSite({
    settings: {
      foreman_ssl_ca: authorities,
      pulp_client_ssl_ca: authorities,
      pulp_timeout: TIMEOUT,
      foreman_timeout: LOGIN_TIMEOUT,
      tag_ttl: 0,
    },
  });
}, 60_000);
afterAll(() => site.stop());

interface Happened {
  readonly seen: Seen;
  /** The period of the misbehaviour. */
  readonly from: number;
  readonly to: number;
}

/** Runs a load while an upstream misbehaves, for a while before, and until it has recovered. */
async function misbehave(
  place: Switch,
  misbehaviour: Misbehaviour,
  names: readonly (keyof Questions)[],
  noticed: () => boolean,
): Promise<Happened> {
  const load = site.load(names, { clients: 6, rest: 20 });
  await sleep(300);
  await place.set(misbehaviour);
  // Earlier requests have ended, or never will.
  const from = performance.now() + SETTLING;
  const isAsked = (name: string) => load.seen().of(name, from).samples.length >= ENOUGH;
  await eventually("it is noticed", () => names.every(isAsked) && noticed(), 30);
  const to = performance.now();
  await place.set(undefined);
  await Promise.all(names.map((name) => load.settled(name, 200)));
  return { seen: await load.stop(), from, to };
}

/** True if the log contains the text after this position. */
const saysSince = (length: number, text: string): boolean => site.process.said().slice(length).includes(text);

const CERTIFICATES = ["shows a certificate that has expired", "shows a certificate of the wrong authority"];
const misbehaviourOf = (name: string, more: Readonly<Record<string, Misbehaviour>> = {}): Misbehaviour => {
  const known: Readonly<Record<string, Misbehaviour>> = { ...MISBEHAVIOURS, ...more };
  const certificate = name === CERTIFICATES[0] ? bad.expired : bad.foreign;
  return known[name] ?? { act: answering("200 OK"), ...(certificate && { certificate }) };
};
/** Misbehaviours that open a circuit breaker: with any other reply the upstream is available. */
const AWAY = /^(?:down|resets|breaks off|answers garbage|answers 50[24]|answers with 10 MB|shows)/;

/** Expects that a circuit breaker opens only for an unavailable upstream, and closes again. */
const opening = (name: string, who: string) => {
  const length = site.process.said().length;
  const opened = () => saysSince(length, `${who} failed 5 times in a row`);
  return {
    noticed: () => !AWAY.test(name) || opened(),
    expectClosed: async () => {
      expect(opened()).toBe(AWAY.test(name));
      if (opened()) await eventually("it closes", () => saysSince(length, `${who} replies again`));
    },
  };
};

/** Expects that each request got a reply in about the timeout. */
function expectAnswers(seen: Seen, statuses: readonly number[]): void {
  const got = [...new Set(seen.samples.map(({ status }) => status))];
  expect(got.filter((status) => !statuses.includes(status))).toEqual([]);
  expect(seen.slowest).toBeLessThan(3 * TIMEOUT * 1000);
  const silent = seen.samples.filter(({ status, says }) => (status === 503 || status === 504) && says === "");
  expect(silent).toEqual([]);
}

describe("Pulp", () => {
  test.each([...Object.keys(MISBEHAVIOURS), ...CERTIFICATES])(
    "%s: cached requests are served, others get an error with the reason, and all recover soon after",
    async (name) => {
      const asked = ["known", "listed", "tagged"] as const;
      const { noticed, expectClosed } = opening(name, "Pulp");
      const { seen, from, to } = await misbehave(site.switches.pulp, misbehaviourOf(name), asked, noticed);
      expect(seen.of("known").answers).toEqual({ 200: expect.any(Number) });
      const passed: number[] = name.startsWith("redirects in a loop")
        ? [302]
        : name.includes("429")
          ? [429]
          : [];
      // A reply that has begun can only be aborted.
      const half = name.startsWith("breaks off") ? [0, 502] : [];
      expectAnswers(seen.of("listed"), [200, 500, 502, 503, 504, ...passed]);
      expectAnswers(seen.of("tagged"), [200, 500, 502, 503, 504, ...passed, ...half]);
      const during = seen.of("listed", from, to);
      expect(during.answers).not.toHaveProperty("200");
      const seconds = Math.max(seen.of("listed").recovery(to, 200), seen.of("tagged").recovery(to, 200));
      await expectClosed();
      addRow({
        part: "Pulp",
        fault: passed.includes(302) ? `${name}, with content_delivery: redirect` : name,
        up: "what is known, and everything that needs no Pulp",
        saw:
          `known: ${seen.of("known").text}; meanwhile listed: ${during.text}; ` +
          `tagged: ${seen.of("tagged", from, to).text}${passed.includes(302) ? ", passed on: a loop is the client's to notice" : ""}`,
        seconds,
      });
    },
  );
});

describe("Pulp that redirects to itself, with content_delivery: stream", () => {
  test("gets one request for the location and one for the content, and the client gets an error with the reason", async () => {
    const streaming = await startSite({
      settings: { content_delivery: "stream", tag_ttl: 0, redirect_ttl: 0 },
    });
    try {
      const { token, switches, http } = streaming;
      const [config = ""] = streaming.pulp.images.get("org/private-app")?.blobs.keys() ?? [];
      const name = "org/private-app";
      const pullBlob = (gateway: GatewayClient) =>
        gateway.getBlob({ params: { path: { name, digest: config } }, parseAs: "text" });
      const ask = () =>
        Promise.all([
          pullAt(http, token, name),
          callAt(http, pullBlob, { token }).then(({ response }) => response.status),
        ]);
      expect(await ask()).toEqual([200, 200]);
      await switches.pulp.set(MISBEHAVIOURS["redirects in a loop"]);
      const looping = await ask();
      expect(looping).toEqual([502, 502]);
      expect(switches.pulp.asked()).toBe(2 * looping.length);
      await switches.pulp.set(undefined);
      expect(await ask()).toEqual([200, 200]);
      addRow({
        part: "Pulp",
        fault: "redirects in a loop, with content_delivery: stream",
        up: "what is known, and everything that needs no Pulp",
        saw: `a manifest by tag, a blob: ${looping.join(", ")}; Pulp was asked twice for each`,
      });
    } finally {
      await streaming.stop();
    }
  });
});

const past = () => new Date(Date.now() - 600_000);
const future = () => new Date(Date.now() + 600_000);
const told = (date: () => Date) => (head: string) =>
  head.includes("_catalog")
    ? { repositories: ["org/other-app"] }
    : { token: "a-token-of-bob", expires_in: 3600, issued_at: date().toISOString() };

/** Misbehaviour of Katello only. */
const OF_KATELLO: Readonly<Record<string, Misbehaviour>> = {
  "answers with wrong JSON": { act: answeringJson(() => ({ token: 7, repositories: "all" })) },
  "leaves out the token": { act: answeringJson(() => ({ expires_in: 3600 })) },
  "answers with a web page": { act: answering("200 OK\r\nContent-Type: text/html", "<html>Log in</html>") },
  "has a clock that is 10 minutes late": { act: answeringJson(told(past), past) },
  "has a clock that is 10 minutes early": { act: answeringJson(told(future), future) },
};

describe("Katello", () => {
  test.each([...Object.keys(MISBEHAVIOURS), ...CERTIFICATES, ...Object.keys(OF_KATELLO)])(
    "%s: tokens and pulls go on, logins get an error other than a wrong password, and all recover soon after",
    async (name) => {
      const asked = ["known", "listed", "login"] as const;
      const { noticed, expectClosed } = opening(name, "Katello");
      const { seen, from, to } = await misbehave(
        site.switches.katello,
        misbehaviourOf(name, OF_KATELLO),
        asked,
        noticed,
      );
      for (const one of ["known", "listed"] as const)
        expect(seen.of(one).answers).toEqual({ 200: expect.any(Number) });
      expectAnswers(seen.of("login"), [200, 502, 503, 504]);
      const during = seen.of("login", from, to);
      const clock = name.includes("clock");
      expect(Object.keys(during.answers).includes("200")).toBe(clock);
      const seconds = seen.of("login").recovery(to, 200);
      await expectClosed();
      addRow({
        part: "Katello",
        fault: name,
        up: clock ? "everything" : "pulls, known or not",
        saw: `known: ${seen.of("known").text}; listed: ${seen.of("listed").text}; meanwhile login: ${during.text}`,
        ...(clock ? {} : { seconds }),
      });
    },
  );
});
