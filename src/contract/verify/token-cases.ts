/** Cases of logins without an account: the anonymous token, and what a refresh token gets. */
import type { WireReply } from "../reply-check.ts";
import type { Case } from "./case.ts";
import { at, json } from "./json.ts";
import type { Probe } from "./probe.ts";
import { UNKNOWN } from "./unknown-repository.ts";

/** Expects a token as every client reads it. */
function expectToken(probe: Probe, what: string, { status, text, headers }: WireReply): void {
  const body = json(text);
  const token = at(body, "token");
  probe.expect(status === 200, `${what} gets ${status}, not 200`);
  probe.expect(typeof token === "string" && token !== "", `${what}: there is no token`);
  probe.expect(token === at(body, "access_token"), `${what}: token and access_token differ`);
  probe.expect(Number(at(body, "expires_in")) >= 60, `${what}: expires_in is below 60 seconds`);
  for (const name of ["refresh_token", "issued_at"])
    probe.expect(at(body, name) === undefined, `${what}: there is ${name}`);
  probe.expect(/no-store/.test(String(headers["cache-control"])), `${what}: it may be stored on the way`);
}

/** Reply of the plugin to callers without credentials, and the problems that it makes. */
const KATELLOS_REPLY =
  "Katello's reply as it is: 401 for a repository that is not public, else no access_token";
const NO_ANONYMOUS_TOKEN =
  /gets 401, not 200$|there is no token$|expires_in is below 60 seconds$|token and access_token differ$|there is issued_at$|it may be stored on the way$/;

/** Cases of callers without an account. */
export const TOKEN_CASES: readonly Case[] = [
  {
    role: "client",
    title: "every caller without credentials gets the anonymous token",
    plugin: {
      text: KATELLOS_REPLY,
      problems: NO_ANONYMOUS_TOKEN,
    },
    run: async (probe) => {
      const path = `/v2/token?service=registry&scope=${encodeURIComponent(`repository:${UNKNOWN}:pull`)}`;
      expectToken(probe, "GET /v2/token", await probe.ask({ method: "GET", path }));
    },
  },
  {
    role: "client",
    title: "scopes beyond pulling are narrowed, not refused",
    plugin: {
      text: KATELLOS_REPLY,
      problems: NO_ANONYMOUS_TOKEN,
    },
    run: async (probe) => {
      const scopes = [
        "registry:catalog:*",
        `repository:${UNKNOWN}:push,pull`,
        `repository:${UNKNOWN}:push,pull`,
      ];
      const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join("&");
      expectToken(probe, "GET /v2/token", await probe.ask({ method: "GET", path: `/v2/token?${query}` }));
    },
  },
  {
    role: "client",
    title: "a refresh token is refused in the form of OAuth 2",
    plugin: {
      text: "404",
      problems: /no status 404 for postToken$|gets 404, not 400$/,
    },
    run: async (probe) => {
      const reply = await probe.ask({
        method: "POST",
        path: "/v2/token",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "grant_type=refresh_token&service=registry&refresh_token=none",
      });
      probe.expect(reply.status === 400, `it gets ${reply.status}, not 400`);
    },
  },
];
