/** Cases of content: manifests, layers, referrers and signatures. */
import { createHash } from "node:crypto";
import type { Case } from "./case.ts";
import { at, json } from "./json.ts";
import { accept, manifestPath } from "./manifest.ts";
import type { Probe } from "./probe.ts";
import { expectError } from "./shared-expectations.ts";

const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** Digest of an image's configuration: the tag may be that of an index. */
async function configDigest(probe: Probe): Promise<string> {
  let path = manifestPath(probe);
  let manifest = json((await probe.askLoggedIn({ method: "GET", path, headers: accept })).text);
  const children = at(manifest, "manifests");
  if (Array.isArray(children)) {
    path = manifestPath(probe, String(at(children[0], "digest")));
    manifest = json((await probe.askLoggedIn({ method: "GET", path, headers: accept })).text);
  }
  const digest = at(manifest, "config", "digest");
  if (typeof digest !== "string") throw new Error(`GET ${path}: the manifest has no configuration`);
  return digest;
}

/** Path of something about the manifest that is pulled. */
async function pathAbout(probe: Probe, kind: "referrers" | "signatures"): Promise<string> {
  const { headers } = await probe.askLoggedIn({ method: "HEAD", path: manifestPath(probe), headers: accept });
  const prefix = kind === "signatures" ? "/extensions/v2" : "/v2";
  return `${prefix}/${probe.target.repository}/${kind}/${headers["docker-content-digest"]}`;
}

/** Cases of a client that reads content. */
export const CONTENT_CASES: readonly Case[] = [
  {
    role: "client",
    title: "a manifest by tag has its digest, and HEAD has the headers of GET",
    needs: ["login", "repository"],
    plugin: {
      text: "a redirect; 500 with pulp_container 2.28 and later",
      problems:
        / gets (?:30[23]|500), not 200$|no status (?:30[23]|500) for \w+$|^Docker-Content-Digest is|HEAD and GET differ in|the manifest by its digest is another one$/,
    },
    run: async (probe) => {
      const path = manifestPath(probe);
      const got = await probe.askLoggedIn({ method: "GET", path, headers: accept });
      probe.expect(got.status === 200, `GET ${path} gets ${got.status}, not 200`);
      const digest = digestOf(got.text);
      const told = got.headers["docker-content-digest"];
      probe.expect(told === digest, `Docker-Content-Digest is ${told}, and the body's is ${digest}`);
      const head = await probe.askLoggedIn({ method: "HEAD", path, headers: accept });
      probe.expect(head.status === 200, `HEAD ${path} gets ${head.status}, not 200`);
      for (const name of ["docker-content-digest", "content-type", "content-length"])
        probe.expect(head.headers[name] === got.headers[name], `HEAD and GET differ in ${name}`);
      const same = await probe.askLoggedIn({
        method: "GET",
        path: manifestPath(probe, digest),
        headers: accept,
      });
      probe.expect(same.text === got.text, "the manifest by its digest is another one");
    },
  },
  {
    role: "client",
    title: "a manifest that the client has is 304",
    needs: ["login", "repository"],
    plugin: {
      text: "a redirect; 500 with pulp_container 2.28 and later",
      problems: /gets (?:302|500), not 304$|no status 30[23] for \w+$/,
    },
    run: async (probe) => {
      const path = manifestPath(probe);
      const { headers } = await probe.askLoggedIn({ method: "HEAD", path, headers: accept });
      const ifNoneMatch = `"${headers["docker-content-digest"]}"`;
      const again = { ...accept, "if-none-match": ifNoneMatch };
      const { status } = await probe.askLoggedIn({ method: "GET", path, headers: again });
      probe.expect(status === 304, `GET ${path} gets ${status}, not 304`);
    },
  },
  {
    role: "client",
    title: "an unknown tag is 404 MANIFEST_UNKNOWN, an unknown blob 404 BLOB_UNKNOWN",
    plugin: {
      text: "Pulp's reply as it is",
      problems:
        / gets the code \S+, not (?:MANIFEST|BLOB)_UNKNOWN$|\/errors\/0\/code must be equal to one of the allowed values$/,
    },
    needs: ["login", "repository"],
    run: async (probe) => {
      const path = manifestPath(probe, "container-gateway-contract-none");
      const reply = await probe.askLoggedIn({ method: "GET", path, headers: accept });
      expectError(probe, `GET ${path}`, reply, { status: 404, code: "MANIFEST_UNKNOWN" });
      const blob = `/v2/${probe.target.repository}/blobs/sha256:${"0".repeat(64)}`;
      const missing = await probe.askLoggedIn({ method: "GET", path: blob });
      expectError(probe, `GET ${blob}`, missing, { status: 404, code: "BLOB_UNKNOWN" });
    },
  },
  {
    role: "client",
    title: "a layer is sent, or leads to where it is, and HEAD replies as GET does",
    needs: ["login", "repository"],
    plugin: {
      text: "a redirect for its manifest",
      problems: /no status (?:30[23]|500) for \w+$|the manifest has no configuration$/,
    },
    run: async (probe) => {
      const digest = await configDigest(probe);
      const path = `/v2/${probe.target.repository}/blobs/${digest}`;
      const { status, text, headers } = await probe.askLoggedIn({ method: "GET", path });
      if (status === 200)
        probe.expect(digestOf(text) === digest, `GET ${path}: the body is not that of its digest`);
      else {
        probe.expect(status === 302 || status === 307, `GET ${path} gets ${status}, not 200, 302 or 307`);
        const location = String(headers.location ?? "");
        probe.expect(URL.canParse(location), `GET ${path}: Location is no URL: ${location}`);
      }
      const head = await probe.askLoggedIn({ method: "HEAD", path });
      probe.expect(head.status === status, `HEAD ${path} gets ${head.status}, and GET ${status}`);
    },
  },
  {
    role: "client",
    title: "the referrers of a manifest are an index",
    needs: ["login", "repository"],
    plugin: {
      text: "404",
      problems:
        / gets 40[04], not 200$|Content-Type is|no status 30[23] for \w+$|there is no list of manifests$|must have required property 'errors'$/,
    },
    run: async (probe) => {
      const path = await pathAbout(probe, "referrers");
      const { status, text, headers } = await probe.askLoggedIn({ method: "GET", path });
      probe.expect(status === 200, `GET ${path} gets ${status}, not 200`);
      const type = headers["content-type"];
      const index = "application/vnd.oci.image.index.v1+json";
      probe.expect(String(type).startsWith(index), `GET ${path}: Content-Type is ${type}, not ${index}`);
      probe.expect(Array.isArray(at(json(text), "manifests")), `GET ${path}: there is no list of manifests`);
    },
  },
  {
    role: "client",
    title: "the signatures of a manifest are a list",
    needs: ["login", "repository"],
    plugin: {
      text: "404",
      problems:
        / gets 40[04], not 200$|no status 30[23] for \w+$|there is no list of signatures$|must have required property 'errors'$/,
    },
    run: async (probe) => {
      const path = await pathAbout(probe, "signatures");
      const { status, text } = await probe.askLoggedIn({ method: "GET", path });
      probe.expect(status === 200, `GET ${path} gets ${status}, not 200`);
      probe.expect(
        Array.isArray(at(json(text), "signatures")),
        `GET ${path}: there is no list of signatures`,
      );
    },
  },
];
