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
/** Pulp lists the tags of an image in the order in which its database gives them. */
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
  shown("everything is asked for", ""),
  shown("everything is asked for now", "", BOTH, "dynamic"),
  shown("a tag is asked for", "&tag=latest", '"latest"'),
  shown("two tags are asked for", "&tag=latest&tag=stable"),
  shown("a system and an architecture are asked for", "&os=linux&architecture=amd64"),
  shown("a label says what it must", "&label:org.flatpak.ref=app/org.example.Hello/x86_64/stable"),
  { ...shown("HTML is asked for: there is none", ""), headers: { Accept: "text/html" } },
  { ...shown("it is asked for by HEAD", ""), method: "HEAD" },
  { ...shown("no certificate is shown: it is open", ""), as: "nobody" },
  empty("an architecture that isn't there is asked for", "&architecture=arm64"),
  empty("a label says something else", "&label:org.flatpak.ref=app/org.example.Bye/x86_64/stable"),
  empty("a tag that isn't there is asked for", "&tag=9.9"),
  refused("the label is missing", "tag=latest", "Missing label:org.flatpak.ref:exists=1."),
  refused("a parameter is unknown", `${exists}&annotation:foo=1`, "Unsupported annotation:foo."),
  refused(
    "a label exists twice over",
    "label:org.flatpak.ref:exists=2",
    "label:org.flatpak.ref:exists must have value 1.",
  ),
];
