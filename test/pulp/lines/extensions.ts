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

/** Signatures, and referrers that Pulp does not have. */
export const extensions: readonly Line[] = [
  {
    when: "signatures are asked for",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    answer: signatures,
    ...unsigned,
  },
  {
    when: "signatures are asked for by HEAD",
    method: "HEAD",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    answer: signatures,
    ...unsigned,
  },
  {
    when: "signatures are asked for without a certificate",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    as: "nobody",
    answer: { ...signatures, vary: { "2.30": "Accept,Cookie", "2.27": "Accept" } },
    ...unsigned,
  },
  {
    when: "signatures are asked for with a manifest's media type",
    path: `${base}/org/private-app/signatures/<IMAGE>`,
    headers: { Accept: types.image },
    ...notAcceptable(signatures),
  },
  {
    when: "signatures of an unknown manifest are asked for",
    path: `${base}/org/private-app/signatures/${zeros}`,
    ...unknownManifest(zeros, signatures),
  },
  {
    when: "signatures are asked for in an unknown repository",
    path: `${base}/org/nothing/signatures/${zeros}`,
    ...unknownName(signatures),
  },
  {
    when: "signatures are asked for by tag",
    path: `${base}/org/private-app/signatures/1.0`,
    ...noRoute,
  },
  { when: "referrers are asked for: there is no such thing", path: `${app}/referrers/<IMAGE>`, ...noRoute },
];
