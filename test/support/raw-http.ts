/** Sends bytes over a socket, and parses the reply strictly. */
import { connect } from "node:net";
import type { WireReply } from "./reply-check.ts";

/** The bytes received for a request. */
export interface Outcome {
  /** All bytes. */
  readonly text: string;
  /** True if the connection ended in time. */
  readonly ended: boolean;
}

/** Sends bytes, ends its side, and waits for the end, a few seconds at most. */
export function sendBytes(origin: string, bytes: Uint8Array): Promise<Outcome> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: hostname, port: Number(port) });
    const done = (ended: boolean) => {
      socket.destroy();
      resolve({ text, ended });
    };
    socket.setTimeout(8_000, () => done(false));
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", () => done(true)).on("close", () => done(true));
    socket.end(bytes);
  });
}

function chunkedBody(text: string): string | undefined {
  let body = "";
  for (let rest = text; ; ) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? [];
    if (line === undefined || size === undefined) return undefined;
    const length = Number.parseInt(size, 16);
    if (length === 0) return body;
    body += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length + 2);
  }
}

/**
 * The first final reply; undefined without one.
 * @throws Error for a malformed reply
 */
export function firstReply(text: string, head: boolean): WireReply | undefined {
  if (text === "") return undefined;
  const [start, status] = /^HTTP\/1\.1 ([1-5]\d\d) [A-Za-z' -]*\r\n/.exec(text) ?? [];
  const end = text.indexOf("\r\n\r\n");
  if (start === undefined || end < 0) throw new Error(`no HTTP: ${JSON.stringify(text.slice(0, 200))}`);
  const rest = text.slice(end + 4);
  if (status?.startsWith("1")) return firstReply(rest, head);
  const headers: Record<string, string> = {};
  for (const line of text.slice(start.length, end).split("\r\n")) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([^\r\n]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no header: ${JSON.stringify(line)}`);
    headers[name.toLowerCase()] = value;
  }
  const length = headers["content-length"];
  const body =
    headers["transfer-encoding"] === "chunked" ? chunkedBody(rest) : rest.slice(0, Number(length ?? 0));
  if (!head && (body === undefined || (length !== undefined && body.length !== Number(length))))
    throw new Error(`a body that is cut short: ${JSON.stringify(text.slice(0, 400))}`);
  const bytes = Buffer.from(head ? "" : (body ?? ""), "latin1");
  return { status: Number(status), headers, text: bytes.toString("utf8") };
}
