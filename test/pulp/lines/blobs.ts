import { app, blob, html, link, notAllowed, types, unknownBlob, unknownName, v2, zeros } from "./answers.ts";
import type { Line } from "./line.ts";

const signed = (name: string, digest: string) => ({
  status: 302,
  answer: {
    ...blob,
    ...html,
    location: new RegExp(`^<ORIGIN>/pulp/container/${name}/blobs/${digest}${link}`),
  },
  body: "",
});

/** Blobs: a link to the content app. */
export const blobs: readonly Line[] = [
  { when: "a layer is asked for", path: `${app}/blobs/<LAYER>`, ...signed("org/private-app", "<LAYER>") },
  {
    when: "a layer is asked for by HEAD",
    method: "HEAD",
    path: `${app}/blobs/<LAYER>`,
    ...signed("org/private-app", "<LAYER>"),
  },
  {
    when: "part of a layer is asked for, with types that do not fit",
    path: `${app}/blobs/<LAYER>?ns=registry.example.org`,
    headers: { Range: "bytes=0-9", Accept: types.image },
    ...signed("org/private-app", "<LAYER>"),
  },
  {
    when: "a configuration is asked for",
    path: `${app}/blobs/<CONFIG>`,
    ...signed("org/private-app", "<CONFIG>"),
  },
  {
    when: "a layer that two repositories share is asked for",
    path: `${v2}/org/public-app/blobs/<BASE>`,
    ...signed("org/public-app", "<BASE>"),
  },
  {
    when: "the layer of nothing is asked for",
    path: `${app}/blobs/<EMPTY>`,
    ...signed("org/private-app", "<EMPTY>"),
  },
  { when: "the digest is unknown", path: `${app}/blobs/${zeros}`, ...unknownBlob(zeros) },
  {
    when: "the digest is unknown, by HEAD",
    method: "HEAD",
    path: `${app}/blobs/${zeros}`,
    ...unknownBlob(zeros),
  },
  { when: "the digest is cut short", path: `${app}/blobs/sha256:abc`, ...unknownBlob("sha256:abc") },
  {
    when: "the layer is another repository's",
    path: `${v2}/org/public-app/blobs/<LAYER>`,
    ...unknownBlob("<LAYER>"),
  },
  { when: "the repository is unknown", path: `${v2}/org/nothing/blobs/<LAYER>`, ...unknownName(blob) },
  {
    when: "it is patched",
    method: "PATCH",
    path: `${app}/blobs/<LAYER>`,
    ...notAllowed(blob, "PATCH"),
  },
];
