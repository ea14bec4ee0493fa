import { app, html, noRoute, notAcceptable, notAllowed, reading, types, unknownName, v2 } from "./answers.ts";
import type { Line } from "./line.ts";

const listed = (tags: readonly string[], next?: string) => ({
  status: 200,
  answer: {
    ...reading,
    ...(next !== undefined && {
      link: `<http://pulpcore-api/v2/org/private-app/tags/list?${next}>; rel="next"`,
    }),
  },
  body: { name: "org/private-app", tags },
});
const every = ["1.0", "1.1", "docker", "latest", "multi"];
const list = `${app}/tags/list`;

/** Lists of tags. */
export const tags: readonly Line[] = [
  { when: "all tags", path: list, ...listed(every) },
  {
    when: "all tags as JSON",
    path: list,
    headers: { Accept: "application/json" },
    ...listed(every),
  },
  {
    when: "all tags by HEAD",
    method: "HEAD",
    path: list,
    ...listed(every),
  },
  { when: "the first page", path: `${list}?n=2`, ...listed(["1.0", "1.1"], "n=2&last=1.1") },
  {
    when: "the next page",
    path: `${list}?n=2&last=1.1`,
    ...listed(["docker", "latest"], "n=2&last=latest"),
  },
  {
    when: "n as the last parameter stays last",
    path: `${list}?last=1.0&n=3`,
    ...listed(["1.1", "docker", "latest"], "last=latest&n=3"),
  },
  {
    when: "a full page has a link to an empty one",
    path: `${list}?n=5`,
    ...listed(every, "n=5&last=multi"),
  },
  { when: "the empty page of that link", path: `${list}?n=5&last=multi`, ...listed([]) },
  { when: "the page is longer than the list", path: `${list}?n=6`, ...listed(every) },
  { when: "n is beyond Pulp's maximum", path: `${list}?n=100000`, ...listed(every) },
  { when: "n is 0", path: `${list}?n=0`, ...listed([]) },
  { when: "n is negative", path: `${list}?n=-1`, ...listed([]) },
  { when: "n is not a number", path: `${list}?n=abc`, ...listed(every) },
  { when: "n is empty", path: `${list}?n=`, ...listed(every) },
  { when: "last is empty", path: `${list}?n=2&last=`, ...listed(["1.0", "1.1"], "n=2&last=1.1") },
  { when: "last is between two tags", path: `${list}?last=1.05`, ...listed(every.slice(1)) },
  { when: "last is past the end", path: `${list}?last=zzz`, ...listed([]) },
  {
    when: "other parameters corrupt the link",
    path: `${list}?n=2&x=1&x=2&last=1.0`,
    ...listed(["1.1", "docker"], "n=2&x=%5B%271%27%2C+%272%27%5D&last=docker"),
  },
  {
    when: "a browser's request",
    path: list,
    headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
    status: 200,
    answer: {
      ...reading,
      ...html,
      vary: "Accept,Cookie",
      "set-cookie": /^csrftoken=/,
    },
    body: /<title>Tags List – Django REST framework<\/title>/,
  },
  {
    when: "only a manifest's media type is accepted",
    path: list,
    headers: { Accept: types.image },
    ...notAcceptable(reading),
  },
  { when: "an unknown repository", path: `${v2}/org/nothing/tags/list`, ...unknownName(reading) },
  { when: "POST", method: "POST", path: list, ...notAllowed(reading, "POST") },
  { when: "a trailing slash", path: `${list}/`, ...noRoute },
];
