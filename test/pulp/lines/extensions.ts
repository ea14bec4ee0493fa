import {
  app,
  noRoute,
  notAcceptable,
  signatures,
  types,
  unknownManifest,
  unknownName,
  zeros,
} from "./answers.ts";
import type { Line } from "./line.ts";

const base = "/pulpcore_registry/extensions/v2";
const unsigned = { status: 200, body: { signatures: [] } };

/** Signatures, and referrers, which Pulp does not have. */
export const extensions: readonly Line[] = [
  {
    when: "signatures",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    answer: signatures,
    ...unsigned,
  },
  {
    when: "signatures by HEAD",
    method: "HEAD",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    answer: signatures,
    ...unsigned,
  },
  {
    when: "signatures without a certificate",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    as: "nobody",
    answer: { ...signatures, vary: { "2.30": "Accept,Cookie", "2.27": "Accept" } },
    ...unsigned,
  },
  {
    when: "signatures with a manifest's media type",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    headers: { Accept: types.image },
    ...notAcceptable(signatures),
  },
  {
    when: "signatures of an unknown manifest",
    path: `${base}/org/private-app/signatures/${zeros}`,
    ...unknownManifest(zeros, signatures),
  },
  {
    when: "signatures in an unknown repository",
    path: `${base}/org/nothing/signatures/${zeros}`,
    ...unknownName(signatures),
  },
  {
    when: "signatures by tag",
    path: `${base}/org/private-app/signatures/1.0`,
    ...noRoute,
  },
  { when: "referrers do not exist", path: `${app}/referrers/<IMAGE>`, ...noRoute },
];
