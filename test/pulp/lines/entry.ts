import {
  app,
  forbidden,
  fromApache,
  fromDjango,
  html,
  noRoute,
  notAcceptable,
  notAllowed,
  reading,
  types,
  v2,
} from "./answers.ts";
import type { Line } from "./line.ts";

const version = { path: `${v2}/`, status: 200, answer: reading, body: {} };
const guid = "01a20b62-79f9-7423-b1aa-65a7543fcbed";

/** The way in: version, certificates, catalog, paths that lead nowhere. */
export const entry: readonly Line[] = [
  { when: "the version is asked for", ...version },
  { when: "the version is asked for by HEAD", method: "HEAD", ...version },
  { when: "a Bearer token comes along: ignored", headers: { Authorization: "Bearer abc" }, ...version },
  {
    when: "the slash is missing",
    path: v2,
    as: "nobody",
    status: 301,
    answer: { ...fromDjango, ...html, location: "/v2/" },
    body: "",
  },
  {
    when: "a correlation id is a GUID: Pulp keeps it",
    headers: { "Correlation-ID": guid },
    ...version,
    answer: { ...reading, "correlation-id": guid },
  },
  {
    when: "a correlation id is none: Pulp makes its own",
    headers: { "Correlation-ID": "request-1" },
    ...version,
  },
  { when: "there is no client certificate", path: `${v2}/`, as: "nobody", ...forbidden },
  {
    when: "there is no client certificate, on a manifest",
    path: `${app}/manifests/1.0`,
    as: "nobody",
    ...forbidden,
  },
  { when: "the client certificate is another's", path: `${app}/tags/list`, as: "stranger", ...forbidden },
  { when: "the client certificate is of another authority", path: `${v2}/`, as: "foreigner", status: 0 },
  {
    when: "a manifest's media type is all that is accepted",
    path: `${v2}/`,
    headers: { Accept: types.image },
    ...notAcceptable(reading),
  },
  { when: "it is posted to", method: "POST", path: `${v2}/`, ...notAllowed(reading, "POST") },
  {
    when: "the catalog is asked for: everything is in it",
    path: `${v2}/_catalog`,
    status: 200,
    answer: reading,
    body: /^\{"repositories":\[("[^"]+",)*"org\/other-app","org\/private-app",("[^"]+",)*"org\/public-app"\]\}$/,
  },
  {
    when: "a page of the catalog is asked for",
    path: `${v2}/_catalog?n=1&last=org/nothing`,
    status: 200,
    answer: { ...reading, link: '<http://pulpcore-api/v2/_catalog?n=1&last=org%2Fother-app>; rel="next"' },
    body: { repositories: ["org/other-app"] },
  },
  { when: "no route takes the path", path: `${app}/nothing`, ...noRoute },
  {
    when: "no route takes the path above /v2/",
    path: "/pulpcore_registry/nothing",
    as: "nobody",
    ...noRoute,
  },
  {
    when: "the path leads nowhere at all",
    path: "/nothing",
    as: "nobody",
    status: 404,
    answer: fromApache,
    body: /<p>The requested URL was not found on this server\.<\/p>/,
  },
];
