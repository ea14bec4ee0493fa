import { fromDjango } from "./answers.ts";
import type { Line } from "./line.ts";

const index = "/pulpcore_registry/index";
const exists = "label:org.flatpak.ref:exists=1";
const answer = {
  ...fromDjango,
  "content-type": "application/json",
  vary: "Accept",
  allow: "GET, HEAD, OPTIONS",
  "x-frame-options": "DENY",
};
const listed = (tags: string): RegExp =>
  new RegExp(
    String.raw`^\{"Registry":"https://[^"]+","Results":\[\{"Name":"org/flatpak-app","Images":\[\{"Tags":\[${tags}\],"Digest":"sha256:[0-9a-f]{64}","MediaType":"application/vnd.oci.image.manifest.v1\+json","OS":"linux","Architecture":"amd64","Labels":\{.*"org.flatpak.ref":"app/org.example.Hello/x86_64/stable"`,
  );
/** Pulp lists the tags of an image in the order of its database. */
const BOTH = '(?:"latest","stable"|"stable","latest")';
const app = "repository=org/flatpak-app";
const shown = (when: string, query: string, tags = BOTH, kind = "static"): Line => ({
  when,
  path: `${index}/${kind}?${exists}&${app}${query}`,
  status: 200,
  answer,
  body: listed(tags),
});
const empty = (when: string, query: string): Line => ({
  when,
  path: `${index}/dynamic?${exists}&${app}${query}`,
  status: 200,
  answer,
  body: /^\{"Registry":"https:\/\/[^"]+","Results":\[\]\}$/,
});
const refused = (when: string, query: string, detail: string): Line => ({
  when,
  path: `${index}/static?${query}`,
  status: 400,
  answer,
  body: { detail },
});

/** The Flatpak index. */
export const flatpak: readonly Line[] = [
  shown("the whole index", ""),
  shown("the whole dynamic index", "", BOTH, "dynamic"),
  shown("a tag", "&tag=latest", '"latest"'),
  shown("two tags", "&tag=latest&tag=stable"),
  shown("a system and an architecture", "&os=linux&architecture=amd64"),
  shown("a label with a matching value", "&label:org.flatpak.ref=app/org.example.Hello/x86_64/stable"),
  { ...shown("Accept: text/html is ignored", ""), headers: { Accept: "text/html" } },
  { ...shown("HEAD", ""), method: "HEAD" },
  { ...shown("no certificate is required", ""), as: "nobody" },
  empty("an architecture without images", "&architecture=arm64"),
  empty("a label with another value", "&label:org.flatpak.ref=app/org.example.Bye/x86_64/stable"),
  empty("a missing tag", "&tag=9.9"),
  refused("a query without the label", "tag=latest", "Missing label:org.flatpak.ref:exists=1."),
  refused("an unknown parameter", `${exists}&annotation:foo=1`, "Unsupported annotation:foo."),
  refused(
    "a label exists twice over",
    "label:org.flatpak.ref:exists=2",
    "label:org.flatpak.ref:exists must have value 1.",
  ),
];
