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

/** Blobs: a redirect to the content app. */
export const blobs: readonly Line[] = [
  { when: "GET of a layer", path: `${app}/blobs/<LAYER>`, ...signed("org/private-app", "<LAYER>") },
  {
    when: "HEAD of a layer",
    method: "HEAD",
    path: `${app}/blobs/<LAYER>`,
    ...signed("org/private-app", "<LAYER>"),
  },
  {
    when: "a range of a layer, with unsuitable types",
    path: `${app}/blobs/<LAYER>?ns=registry.example.org`,
    headers: { Range: "bytes=0-9", Accept: types.image },
    ...signed("org/private-app", "<LAYER>"),
  },
  {
    when: "GET of a configuration",
    path: `${app}/blobs/<CONFIG>`,
    ...signed("org/private-app", "<CONFIG>"),
  },
  {
    when: "GET of a layer that two repositories share",
    path: `${v2}/org/public-app/blobs/<BASE>`,
    ...signed("org/public-app", "<BASE>"),
  },
  {
    when: "GET of the empty layer",
    path: `${app}/blobs/<EMPTY>`,
    ...signed("org/private-app", "<EMPTY>"),
  },
  { when: "an unknown digest", path: `${app}/blobs/${zeros}`, ...unknownBlob(zeros) },
  {
    when: "an unknown digest by HEAD",
    method: "HEAD",
    path: `${app}/blobs/${zeros}`,
    ...unknownBlob(zeros),
  },
  { when: "a truncated digest", path: `${app}/blobs/sha256:abc`, ...unknownBlob("sha256:abc") },
  {
    when: "a layer of another repository",
    path: `${v2}/org/public-app/blobs/<LAYER>`,
    ...unknownBlob("<LAYER>"),
  },
  { when: "an unknown repository", path: `${v2}/org/nothing/blobs/<LAYER>`, ...unknownName(blob) },
  {
    when: "PATCH",
    method: "PATCH",
    path: `${app}/blobs/<LAYER>`,
    ...notAllowed(blob, "PATCH"),
  },
];
