import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { STATUS_CODES } from "node:http";
import { expect } from "@jest/globals";
import { ask, type Reply } from "./ask.ts";
import { type Facts, fill, type Target } from "./facts.ts";
import type { Expected, Line } from "./lines/line.ts";

const ofTheConnection = ["date", "connection", "keep-alive", "transfer-encoding"];

/** An empty reply has a Content-Length or is chunked, which varies with Apache. */
function comparable(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(
    entries.filter(
      ([name, value]) => !ofTheConnection.includes(name) && !(name === "content-length" && value === "0"),
    ),
  );
}

function matcher(expected: Expected, facts: Facts): unknown {
  if (typeof expected === "string") return fill(expected, facts);
  return expect.stringMatching(new RegExp(fill(expected.source, facts)));
}

const writtenBody = (body: string | object, facts: Facts): string =>
  fill(typeof body === "string" ? body : JSON.stringify(body), facts);

function expectedHeaders(line: Line, target: Target, facts: Facts, reply: Reply): Record<string, unknown> {
  const headers: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line.answer ?? {})) {
    const expected = typeof value === "string" || value instanceof RegExp ? value : value[target.generation];
    headers[name] = matcher(expected, facts);
  }
  if (line.body instanceof RegExp) {
    headers["content-length"] =
      line.method === "HEAD" ? expect.stringMatching(/^[1-9]\d*$/) : String(reply.body.length);
  } else if (line.body !== undefined && line.body !== "") {
    headers["content-length"] = String(Buffer.byteLength(writtenBody(line.body, facts)));
  }
  return headers;
}

/** Expects that the body matches the digest and the range in the headers. */
function expectBodyAsAnnounced({ status, headers, body }: Reply, { layer }: Facts): void {
  const digest = headers["docker-content-digest"];
  if (status === 200 && typeof digest === "string") {
    expect(`sha256:${createHash("sha256").update(body).digest("hex")}`).toBe(digest);
  }
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(headers["content-range"] ?? "") ?? [];
  if (first !== undefined) {
    expect(body.equals(layer.subarray(Number(first), Number(last) + 1))).toBe(true);
  }
}

/** Sends the request of a line and checks the reply. */
export async function check(line: Line, target: Target, facts: Facts): Promise<void> {
  const { method = "GET", body, as = "gateway" } = line;
  const headers = Object.entries(line.headers ?? {}).map(([name, value]) => [
    name,
    typeof value === "string" ? fill(value, facts) : value,
  ]);
  const question = {
    method,
    url: target.origin + fill(line.path, facts),
    headers: Object.fromEntries(headers),
    ca: target.ca,
    identity: target.identities[as],
  };
  if (line.status === 0) {
    await expect(ask(question)).rejects.toThrow();
    return;
  }
  const reply = await ask(question);
  expect({ status: reply.status, reason: reply.reason, headers: comparable(reply.headers) }).toEqual({
    status: line.status,
    reason: line.reason ?? STATUS_CODES[line.status],
    headers: expectedHeaders(line, target, facts, reply),
  });
  const text = reply.body.toString();
  if (method === "HEAD") expect(text).toBe("");
  else if (body instanceof RegExp) expect(text).toMatch(body);
  else if (body !== undefined) expect(text).toBe(writtenBody(body, facts));
  else expectBodyAsAnnounced(reply, facts);
}
