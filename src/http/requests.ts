/** What a request says before any operation looks at it: its id, its path, its parameters. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { headerLines } from "../connection/header-lines.ts";
import type { Operation } from "../generated/operations.ts";
import { registryError } from "../model/errors.ts";
import { PATH_PARSERS } from "../model/names.ts";
import type { Match } from "./routes.ts";

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's `X-Request-Id` if it can stand in a log, otherwise a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const told = headers["x-request-id"];
  return typeof told === "string" && REQUEST_ID.test(told) ? told : randomUUID();
}

/** The target without its origin, if it came in absolute form (RFC 9112 section 3.2.2). */
const targetOf = ({ url = "/" }: IncomingMessage): string =>
  url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");

/** The path of a request as the client sent it, without its query. Not decoded. */
export function sentPathOf(request: IncomingMessage): string {
  const target = targetOf(request);
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/**
 * The path that selects the operation: without its query, not decoded, and each run of slashes is one slash, as in Apache
 * and nginx. A pull-through cache whose upstream URL ends in a slash requests `//v2/`. `%2F` stays part of its segment.
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
      message: `the ${name} in the path holds a malformed percent escape`,
      cause,
    });
  }
}

/**
 * The path parameters, decoded and checked against the grammar of each.
 * @throws RegistryError NAME_INVALID, TAG_INVALID, DIGEST_INVALID
 */
export function pathParameters({ parameters }: Match): Record<string, string> {
  const parsers: Readonly<Record<string, (text: string) => string>> = PATH_PARSERS;
  const out: Record<string, string> = {};
  for (const [name, raw] of Object.entries(parameters)) {
    const text = decode(name, raw);
    out[name] = parsers[name]?.(text) ?? text;
  }
  return out;
}

/** The query of a request as it came, without its question mark; empty if there is none. */
export function rawQueryOf({ url = "" }: IncomingMessage): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

/**
 * The query parameters that the operation declares. Others are let pass unread: clients send what they like. An empty `n`
 * is no number, and counts as left out.
 */
export function queryParameters(request: IncomingMessage, operation: Operation): Record<string, unknown> {
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
 * Why a request is none that may be answered: its version is neither HTTP/1.0 nor HTTP/1.1, or it doesn't have one Host
 * (RFC 9112 section 3.2), which HTTP/1.0 need not have. Undefined for any other.
 */
export function faultOf(request: IncomingMessage): string | undefined {
  const { httpVersion } = request;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return "only HTTP/1.0 and HTTP/1.1 are spoken here";
  const lines = headerLines(request, "host");
  if (lines > 1) return "there is more than one Host header";
  return lines === 0 && httpVersion === "1.1" ? "the Host header is missing" : undefined;
}
