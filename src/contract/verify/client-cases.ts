/** First requests of registry clients, and what every client relies on. */
import type { Case } from "./case.ts";
import { at, json } from "./json.ts";
import { expectChallenge, expectError, firstError } from "./shared-expectations.ts";
import { UNKNOWN } from "./unknown-repository.ts";

/** Beginning of the message that Katello's own tests look for. */
const PUSH_REFUSAL = "Pushing content is unsupported";
const UNKNOWN_DIGEST = `sha256:${"0".repeat(64)}`;

/** Cases of clients that know no repository. */
export const CLIENT_CASES: readonly Case[] = [
  {
    role: "client",
    title: "GET /v2/ is 401 with one Bearer challenge, whatever is public",
    plugin: {
      text: "a scope in each challenge",
      problems: /the scope of the challenge is repository:registry/,
    },
    run: async (probe) =>
      expectChallenge(probe, "GET /v2/", await probe.ask({ method: "GET", path: "/v2/" })),
  },
  {
    role: "client",
    title: "HEAD /v2/ is 401 with the same challenge",
    plugin: {
      text: "a scope in each challenge",
      problems: /the scope of the challenge is repository:registry/,
    },
    run: async (probe) =>
      expectChallenge(probe, "HEAD /v2/", await probe.ask({ method: "HEAD", path: "/v2/" })),
  },
  {
    role: "client",
    title: "an invalid token gets 401 with the error invalid_token",
    plugin: {
      text: "no error in the challenge; 404 for a repository",
      problems: /the (?:scope|error) of the challenge is| gets 404, not 401$/,
    },
    run: async (probe) => {
      const headers = { authorization: "Bearer invalid" };
      const reply = await probe.ask({ method: "GET", path: "/v2/", headers });
      expectChallenge(probe, "GET /v2/", reply, { error: "invalid_token" });
    },
  },
  {
    role: "client",
    title: "an unknown repository is 401 with a challenge for it, as a private one is",
    plugin: {
      text: "404",
      problems: / gets 404, not 401$|the scope of the challenge is repository:registry/,
    },
    run: async (probe) => {
      for (const path of [`/v2/${UNKNOWN}/manifests/latest`, `/v2/${UNKNOWN}/blobs/${UNKNOWN_DIGEST}`]) {
        const scope = `repository:${UNKNOWN}:pull`;
        for (const method of ["GET", "HEAD"])
          expectChallenge(probe, `${method} ${path}`, await probe.ask({ method, path }), { scope });
      }
    },
  },
  {
    role: "client",
    title: "the anonymous token is not enough for a private repository: insufficient_scope",
    plugin: {
      text: "404",
      problems: / gets 404, not 401$|the (?:scope|error) of the challenge is/,
    },
    run: async (probe) => {
      const { text } = await probe.ask({ method: "GET", path: "/v2/token" });
      const headers = { authorization: `Bearer ${at(json(text), "token")}` };
      const path = `/v2/${UNKNOWN}/manifests/latest`;
      const scope = `repository:${UNKNOWN}:pull`;
      const reply = await probe.ask({ method: "GET", path, headers });
      expectChallenge(probe, `GET ${path}`, reply, { scope, error: "insufficient_scope" });
    },
  },
  {
    role: "client",
    title: "pushes are refused with 405, and the message says where to push",
    plugin: {
      text: "404, for some methods and paths as for any unknown URL",
      problems:
        /no status 404 for refuse\w+$|gets 404, not 405$|gets the code undefined, not UNSUPPORTED$|the message does not begin/,
    },
    run: async (probe) => {
      for (const [method, rest] of [
        ["POST", "blobs/uploads/"],
        ["PUT", "manifests/latest"],
        ["PATCH", "blobs/uploads/1"],
        ["DELETE", "manifests/latest"],
      ] as const) {
        const reply = await probe.ask({ method, path: `/v2/${UNKNOWN}/${rest}` });
        expectError(probe, `${method} ${rest}`, reply, { status: 405, code: "UNSUPPORTED" });
        const message = String(firstError(reply, "message"));
        probe.expect(
          message.startsWith(PUSH_REFUSAL),
          `${method} ${rest}: the message does not begin with ${PUSH_REFUSAL}`,
        );
      }
    },
  },
  {
    role: "client",
    title: "invalid names, tags and digests are refused",
    plugin: {
      text: "404 or 500 with a page",
      problems: / gets (?:404|500), not 400$| gets the code \S+, not|no status 500 for \w+$/,
    },
    run: async (probe) => {
      for (const path of [
        `/v2/${UNKNOWN}/manifests/.tag`,
        `/v2/${UNKNOWN}/blobs/sha256:short`,
        "/v2/-a/tags/list",
      ]) {
        const { status } = await probe.ask({ method: "GET", path });
        probe.expect(status === 400, `GET ${path} gets ${status}, not 400`);
      }
    },
  },
  {
    role: "client",
    title: "runs of slashes count as one",
    plugin: {
      text: "a scope in each challenge",
      problems: /the scope of the challenge is repository:registry/,
    },
    run: async (probe) =>
      expectChallenge(probe, "GET //v2//", await probe.ask({ method: "GET", path: "//v2//" })),
  },
  {
    role: "client",
    title: "paths that a registry does not have get an error of the specification",
    plugin: {
      text: "a page of HTML",
      problems: /an error with a code$/,
    },
    run: async (probe) => {
      const { status } = await probe.ask({
        method: "GET",
        path: "/v2/container-gateway-contract/nothing/here",
      });
      probe.expect(status === 404 || status === 401, `it gets ${status}, not 404`);
    },
  },
  {
    role: "client",
    title: "GET /v1/_ping is 200: docker search begins with it",
    plugin: {
      text: "403",
      problems: /no status 403 for getPing$|gets 403, not 200$/,
    },
    run: async (probe) => {
      const { status } = await probe.ask({ method: "GET", path: "/v1/_ping" });
      probe.expect(status === 200, `it gets ${status}, not 200`);
    },
  },
  {
    role: "client",
    title: "GET /v1/search finds what is open, with the fields that docker shows",
    plugin: {
      text: "no star_count, is_official, is_automated",
      problems: /must have required property '(?:star_count|is_official|is_automated)'$/,
    },
    run: async (probe) => {
      const { status, text } = await probe.ask({ method: "GET", path: "/v1/search?q=a&n=5" });
      probe.expect(status === 200, `it gets ${status}, not 200`);
      probe.expect(Array.isArray(at(json(text), "results")), "there are no results");
    },
  },
  {
    role: "client",
    title: "GET /v1/search is 404 for podman, which goes on to the catalog",
    run: async (probe) => {
      const headers = { "docker-distribution-api-version": "registry/2.0" };
      const { status } = await probe.ask({ method: "GET", path: "/v1/search?q=a", headers });
      probe.expect(status === 404, `it gets ${status}, not 404`);
    },
  },
  {
    role: "client",
    title: "the Flatpak index takes repeated parameters",
    run: async (probe) => {
      const path =
        "/index/static?label:org.flatpak.ref:exists=1&architecture=amd64&architecture=arm64&tag=latest";
      const { status, text } = await probe.ask({ method: "GET", path });
      probe.expect(status === 200, `it gets ${status}, not 200`);
      probe.expect(Array.isArray(at(json(text), "Results")), "there are no Results");
    },
  },
  {
    role: "client",
    title: "a request id is returned, and the version of the API told",
    plugin: {
      text: "no Docker-Distribution-Api-Version in errors",
      problems: /X-Request-Id is undefined, not|Docker-Distribution-Api-Version/,
    },
    run: async (probe) => {
      const id = "contract-verify-1";
      const { headers } = await probe.ask({ method: "GET", path: "/v2/", headers: { "x-request-id": id } });
      probe.expect(headers["x-request-id"] === id, `X-Request-Id is ${headers["x-request-id"]}, not ${id}`);
      const version = headers["docker-distribution-api-version"];
      probe.expect(version === "registry/2.0", `Docker-Distribution-Api-Version is ${version}`);
    },
  },
];
