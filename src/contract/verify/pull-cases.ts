/** Requests of clients that have logged in and pull. */
import type { Case } from "./case.ts";
import { at, json } from "./json.ts";
import { accept, manifestPath } from "./manifest.ts";
import type { Probe } from "./probe.ts";
import { expectChallenge, expectError } from "./shared-expectations.ts";

const namesIn = (text: string, ...path: readonly string[]): readonly string[] => {
  const names = at(json(text), ...path);
  return Array.isArray(names) ? names.map(String) : [];
};

const isSorted = (names: readonly string[]): boolean =>
  names.every(
    (name, index) =>
      index === 0 || Buffer.compare(Buffer.from(names[index - 1] ?? ""), Buffer.from(name)) < 0,
  );

/** Expects pages of a list, by `n` and by the address of the next one. */
async function expectPages(
  probe: Probe,
  path: string,
  names: (text: string) => readonly string[],
): Promise<void> {
  const all = await probe.askLoggedIn({ method: "GET", path });
  const expected = names(all.text);
  probe.expect(all.status === 200, `GET ${path} gets ${all.status}, not 200`);
  probe.expect(
    isSorted(expected),
    `GET ${path}: the names are not in the order of their bytes, or not unique`,
  );
  const first = await probe.askLoggedIn({ method: "GET", path: `${path}?n=1` });
  probe.expect(names(first.text).length <= 1, `GET ${path}?n=1 has more than one name`);
  const link = String(first.headers.link ?? "");
  if (expected.length <= 1) {
    probe.expect(link === "", `GET ${path}?n=1 has a Link, and there is no other page`);
    return;
  }
  const [, next = ""] = /^<(\/[^>]*)>; ?rel="?next"?$/.exec(link) ?? [];
  probe.expect(
    next !== "",
    `GET ${path}?n=1: there is no Link to the next page that is relative to this host: ${link}`,
  );
  if (next === "") return;
  const second = await probe.askLoggedIn({ method: "GET", path: next.slice(next.indexOf("/v2/")) });
  probe.expect(
    names(second.text)[0] === expected[1],
    `the page at ${next} does not go on where the first ended`,
  );
}

/** Cases of a logged-in client. */
export const PULL_CASES: readonly Case[] = [
  {
    role: "client",
    title: "a login gets a token, and GET /v2/ is 200 with it",
    needs: ["login"],
    run: async (probe) => {
      const { status } = await probe.askLoggedIn({ method: "GET", path: "/v2/" });
      probe.expect(status === 200, `GET /v2/ gets ${status}, not 200`);
    },
  },
  {
    role: "client",
    title: "containerd's login by POST gets a token, too",
    needs: ["login"],
    plugin: {
      text: "404",
      problems: /no status 404 for postToken$|gets 404, not 200$|there is no access_token$/,
    },
    run: async (probe) => {
      const { name = "", password = "" } = probe.target.login ?? {};
      const form = {
        grant_type: "password",
        service: "registry",
        client_id: "verify",
        username: name,
        password,
      };
      const { status, text } = await probe.ask({
        method: "POST",
        path: "/v2/token",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: String(new URLSearchParams(form)),
      });
      probe.expect(status === 200, `POST /v2/token gets ${status}, not 200`);
      probe.expect(typeof at(json(text), "access_token") === "string", "there is no access_token");
    },
  },
  {
    role: "client",
    title: "Basic is a login at any path of the registry",
    needs: ["login"],
    plugin: {
      text: "401",
      problems: /gets 401, not 200$|the scope of the challenge/,
    },
    run: async (probe) => {
      const headers = { authorization: probe.basic };
      const { status } = await probe.ask({ method: "GET", path: "/v2/_catalog?n=1", headers });
      probe.expect(status === 200, `GET /v2/_catalog gets ${status}, not 200`);
    },
  },
  {
    role: "client",
    title: "an unknown repository is 404 NAME_UNKNOWN for a user",
    needs: ["login"],
    run: async (probe) => {
      const path = "/v2/container-gateway-contract/does-not-exist/manifests/latest";
      const reply = await probe.askLoggedIn({ method: "GET", path });
      expectError(probe, `GET ${path}`, reply, { status: 404, code: "NAME_UNKNOWN" });
    },
  },
  {
    role: "client",
    title: "the catalog has pages in the order of bytes",
    needs: ["login"],
    plugin: {
      text: "n and last are ignored",
      problems: /\?n=1 has more than one name$|no Link to the next page/,
    },
    run: (probe) => expectPages(probe, "/v2/_catalog", (text) => namesIn(text, "repositories")),
  },
  {
    role: "client",
    title: "a private repository is 401 with a challenge for callers without credentials",
    needs: ["repository"],
    plugin: {
      text: "404",
      problems: / gets 404, not 401$|the scope of the challenge is repository:registry/,
    },
    run: async (probe) => {
      const path = manifestPath(probe);
      const reply = await probe.ask({ method: "GET", path, headers: accept });
      expectChallenge(probe, `GET ${path}`, reply, { scope: `repository:${probe.target.repository}:pull` });
    },
  },
  {
    role: "client",
    title: "the catalog lists a repository that the user may pull",
    needs: ["login", "repository"],
    run: async (probe) => {
      const { text } = await probe.askLoggedIn({ method: "GET", path: "/v2/_catalog" });
      const isListed = namesIn(text, "repositories").includes(probe.target.repository ?? "");
      probe.expect(isListed, "the repository is not in the catalog");
    },
  },
  {
    role: "client",
    title: "tags have pages in the order of bytes",
    needs: ["login", "repository"],
    plugin: {
      text: "Pulp's own Link",
      problems: /no Link to the next page/,
    },
    run: (probe) =>
      expectPages(probe, `/v2/${probe.target.repository}/tags/list`, (text) => namesIn(text, "tags")),
  },
];
