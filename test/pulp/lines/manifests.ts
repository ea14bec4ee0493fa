import {
  app,
  html,
  link,
  manifest,
  noRoute,
  notAllowed,
  types,
  unknownManifest,
  unknownName,
  v2,
  zeros,
} from "./answers.ts";
import type { Line } from "./line.ts";

interface Manifest {
  readonly fact: string;
  readonly type: string;
}
const image: Manifest = { fact: "IMAGE", type: types.image };
const child: Manifest = { fact: "CHILD", type: types.image };
const index: Manifest = { fact: "INDEX", type: types.index };
const docker: Manifest = { fact: "DOCKER", type: types.docker };

type Asked = Pick<Line, "when" | "method" | "headers"> & { readonly query?: string };
type Accept = string | readonly string[];
const all = Object.values(types);

const given = (line: Asked, reference: string, { fact, type }: Manifest): Line => ({
  ...line,
  only: "2.30",
  path: `${app}/manifests/${reference}${line.query ?? ""}`,
  status: 200,
  answer: {
    ...manifest,
    "content-type": type,
    "docker-content-digest": `<${fact}>`,
    "content-length": `<${fact}_SIZE>`,
  },
});
const moved = (line: Asked, reference: string): Line => ({
  ...line,
  only: "2.27",
  path: `${app}/manifests/${reference}${line.query ?? ""}`,
  status: 302,
  answer: {
    ...manifest,
    ...html,
    location: new RegExp(`^<ORIGIN>/pulp/container/org/private-app/manifests/${reference}${link}`),
  },
  body: "",
});
const missing = (line: Omit<Line, "path" | "status">, reference: string): Line => ({
  ...line,
  path: `${app}/manifests/${reference}`,
  ...unknownManifest(reference),
});

/** A manifest that the newer generation returns and the older one redirects to. */
const both = (line: Asked, reference: string, what: Manifest): Line[] => [
  given(line, reference, what),
  moved(line, reference),
];
/** A tag that only the newer generation returns for this `Accept`. */
const newer = (when: string, accept?: Accept): Line[] => {
  const line = { when, ...(accept !== undefined && { headers: { Accept: accept } }) };
  return [given(line, "1.0", image), missing({ ...line, only: "2.27" }, "1.0")];
};
/** A tag that neither generation returns for this `Accept`. */
const neither = (when: string, accept: Accept, tag = "1.0"): Line =>
  missing({ when, headers: { Accept: accept } }, tag);

const cosign = `sha256-${"0".repeat(64)}.sig`;

/** Manifests by tag and by digest. */
export const manifests: readonly Line[] = [
  ...both({ when: "all types are accepted, in one line", headers: { Accept: all.join(", ") } }, "1.0", image),
  ...both({ when: "all types are accepted, in several lines", headers: { Accept: all } }, "1.0", image),
  ...both(
    { when: "all types are accepted, in another order", headers: { Accept: all.toReversed() } },
    "1.0",
    image,
  ),
  ...both({ when: "a tag of an index", headers: { Accept: all } }, "multi", index),
  ...both({ when: "a tag in Docker's format", headers: { Accept: types.docker } }, "docker", docker),
  ...newer("nothing is said of types"),
  ...newer("anything will do", "*/*"),
  ...newer("the type has a weight", `text/html, ${types.image};q=0.1`),
  ...newer("the type is refused by its weight: not read", `${types.image};q=0`),
  neither("no type fits", types.docker),
  neither("the tag is an index and only images are taken", [types.image, types.docker], "multi"),
  neither("half a wildcard is no wildcard", "application/*, application/json, text/html"),
  neither("the type is in capitals", types.image.toUpperCase()),
  ...both({ when: "no type fits, by digest: ignored", headers: { Accept: types.docker } }, "<IMAGE>", image),
  ...both({ when: "an image of an index" }, "<CHILD>", child),
  ...both({ when: "HEAD by tag", method: "HEAD", headers: { Accept: all } }, "1.0", image),
  ...both({ when: "HEAD by digest", method: "HEAD" }, "<IMAGE>", image),
  // Pulp ignores Range, too, but Apache may send the part if it gets the whole reply in one piece.
  ...both({ when: "If-None-Match is ignored", headers: { "If-None-Match": '"<IMAGE>"' } }, "<IMAGE>", image),
  ...both({ when: "a query is ignored", query: "?ns=registry.example.org" }, "<IMAGE>", image),
  { when: "an unknown repository", path: `${v2}/org/nothing/manifests/latest`, ...unknownName(manifest) },
  {
    when: "an unknown repository by HEAD",
    method: "HEAD",
    path: `${v2}/org/nothing/manifests/latest`,
    ...unknownName(manifest),
  },
  {
    when: "a repository with capital letters",
    path: `${v2}/Org/Private-App/manifests/latest`,
    ...unknownName(manifest, "Org/Private-App"),
  },
  missing({ when: "an unknown tag" }, "9.9"),
  missing({ when: "an unknown digest" }, zeros),
  missing({ when: "a truncated digest" }, "sha256:abc"),
  missing({ when: "cosign's tag of a signature" }, cosign),
  {
    when: "a digest of another repository",
    path: `${v2}/org/public-app/manifests/<IMAGE>`,
    ...unknownManifest("<IMAGE>"),
  },
  { when: "a reference without a route", path: `${app}/manifests/a%40b`, ...noRoute },
  { when: "a trailing slash", path: `${app}/manifests/1.0/`, ...noRoute },
  { when: "a missing name", path: `${v2}/manifests/1.0`, ...noRoute },
  { when: "PATCH", method: "PATCH", path: `${app}/manifests/1.0`, ...notAllowed(manifest, "PATCH") },
];
