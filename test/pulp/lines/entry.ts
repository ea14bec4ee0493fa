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

/** Version, certificates, catalog, and paths without a route. */
export const entry: readonly Line[] = [
  { when: "the version", ...version },
  { when: "the version by HEAD", method: "HEAD", ...version },
  { when: "a Bearer token is ignored", headers: { Authorization: "Bearer abc" }, ...version },
  {
    when: "the version without the slash",
    path: v2,
    as: "nobody",
    status: 301,
    answer: { ...fromDjango, ...html, location: "/v2/" },
    body: "",
  },
  {
    when: "a correlation id that is a GUID is kept",
    headers: { "Correlation-ID": guid },
    ...version,
    answer: { ...reading, "correlation-id": guid },
  },
  {
    when: "another correlation id is replaced",
    headers: { "Correlation-ID": "request-1" },
    ...version,
  },
  { when: "no client certificate", path: `${v2}/`, as: "nobody", ...forbidden },
  {
    when: "a manifest without a client certificate",
    path: `${app}/manifests/1.0`,
    as: "nobody",
    ...forbidden,
  },
  { when: "a client certificate with another name", path: `${app}/tags/list`, as: "stranger", ...forbidden },
  { when: "a client certificate of another CA", path: `${v2}/`, as: "foreigner", status: 0 },
  {
    when: "only a manifest's media type is accepted",
    path: `${v2}/`,
    headers: { Accept: types.image },
    ...notAcceptable(reading),
  },
  { when: "POST", method: "POST", path: `${v2}/`, ...notAllowed(reading, "POST") },
  {
    when: "the catalog lists everything",
    path: `${v2}/_catalog`,
    status: 200,
    answer: reading,
    body: /^\{"repositories":\[("[^"]+",)*"org\/other-app","org\/private-app",("[^"]+",)*"org\/public-app"\]\}$/,
  },
  {
    when: "a page of the catalog",
    path: `${v2}/_catalog?n=1&last=org/nothing`,
    status: 200,
    answer: { ...reading, link: '<http://pulpcore-api/v2/_catalog?n=1&last=org%2Fother-app>; rel="next"' },
    body: { repositories: ["org/other-app"] },
  },
  { when: "a path without a route", path: `${app}/nothing`, ...noRoute },
  {
    when: "a path without a route above /v2/",
    path: "/pulpcore_registry/nothing",
    as: "nobody",
    ...noRoute,
  },
  {
    when: "a path outside the registry",
    path: "/nothing",
    as: "nobody",
    status: 404,
    answer: fromApache,
    body: /<p>The requested URL was not found on this server\.<\/p>/,
  },
];
