/** Parses the parts of a request that all operations share: id, path, parameters. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Operation } from "../generated/operations.ts";
import { registryError } from "../model/errors.ts";
import { PATH_PARSERS } from "../model/names.ts";
import type { Match } from "./routes.ts";

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The client's `X-Request-Id` if it is safe to log, otherwise a new id. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const sent = headers["x-request-id"];
  return typeof sent === "string" && REQUEST_ID.test(sent) ? sent : randomUUID();
}

/** Request target without the origin of the absolute form (RFC 9112 section 3.2.2). */
const targetOf = ({ url = "/" }: IncomingMessage): string =>
  url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");

/** Path of a request as the client sent it, without the query. Not decoded. */
export function sentPathOf(request: IncomingMessage): string {
  const target = targetOf(request);
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/**
 * Path that selects the operation: without the query, not decoded, runs of slashes merged as in Apache and nginx. A
 * pull-through cache whose upstream URL ends in a slash requests `//v2/`. `%2F` stays part of its segment.
 */
export function pathOf(request: IncomingMessage): string {
  const path = sentPathOf(request);
  return path.includes("//") ? path.replace(/\/{2,}/g, "/") : path;
}

function decode(name: string, text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw registryError("NAME_INVALID", {
      message: `the ${name} in the path contains a malformed percent escape`,
      cause,
    });
  }
}

/**
 * Path parameters of a match, decoded and each validated against its grammar.
 * @throws RegistryError NAME_INVALID, TAG_INVALID, DIGEST_INVALID
 */
export function pathParameters(match: Match): Readonly<Record<string, string>> {
  match.parsed ??= parsed(match);
  return match.parsed;
}

function parsed({ parameters }: Match): Readonly<Record<string, string>> {
  const parsers: Readonly<Record<string, (text: string) => string>> = PATH_PARSERS;
  const decoded: Record<string, string> = {};
  for (const [name, raw] of Object.entries(parameters)) {
    const text = decode(name, raw);
    decoded[name] = parsers[name]?.(text) ?? text;
  }
  return Object.freeze(decoded);
}

/** True if the headers announce a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

/**
 * Counts the lines of a header that a request must not repeat: Node.js uses the first one, a reverse proxy may have used the
 * last.
 * @param name in lower case
 */
export function headerLines({ rawHeaders }: IncomingMessage, name: string): number {
  let lines = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const found = rawHeaders[index];
    if (found?.length === name.length && found.toLowerCase() === name) lines += 1;
  }
  return lines;
}

/** Raw query of a request, without the question mark; empty if there is none. */
export function rawQueryOf({ url = "" }: Pick<IncomingMessage, "url">): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

/**
 * Query parameters that the operation declares. Others are ignored, because clients send various ones. An empty `n` is
 * treated as absent.
 */
export function queryParameters(
  request: Pick<IncomingMessage, "url">,
  operation: Operation,
): Record<string, unknown> {
  const raw = rawQueryOf(request);
  if (raw === "") return {};
  const search = new URLSearchParams(raw);
  const query: Record<string, unknown> = {};
  for (const { name, list } of operation.query) {
    const values = search.getAll(name);
    if (name === "n" && values.every((value) => value === "")) continue;
    if (values.length > 0) query[name] = list || values.length > 1 ? values : values[0];
  }
  return query;
}

/**
 * Why a request must be refused: its version is neither HTTP/1.0 nor HTTP/1.1, or it does not have exactly one Host header
 * (RFC 9112 section 3.2), which is optional in HTTP/1.0. Undefined for an acceptable request.
 */
export function problemOf(request: IncomingMessage): string | undefined {
  const { httpVersion } = request;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return "only HTTP/1.0 and HTTP/1.1 are supported";
  const lines = headerLines(request, "host");
  if (lines > 1) return "there is more than one Host header";
  return lines === 0 && httpVersion === "1.1" ? "the Host header is missing" : undefined;
}
