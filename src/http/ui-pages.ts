/** Status page for administrators' browsers: files only. What it shows comes from the operations of administration. */
import { hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Pages } from "./pages.ts";
import { problemOf, sentPathOf } from "./requests.ts";
import { uiFiles } from "./ui-files.ts";

/** Scripts and styles are files of the gateway, nothing is inline, and nobody may show the page in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Browsers ask whether a file has changed: an upgrade shows at once.
  "Cache-Control": "no-cache",
} as const;

const PREFIX = "/ui/";
const REDIRECTED: ReadonlySet<string> = new Set(["/", "/ui"]);

const compress = promisify(gzip);

/** A file in the forms in which it is sent. */
interface Served {
  readonly type: string;
  readonly tag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer | undefined;
}

/** Creates the pages of `admin_listen`: the status page, and those of `others`. */
export function createUiPages(others: Pages): Pages {
  const files = uiFiles();
  const served = new Map<string, Promise<Served>>();

  /** Reads a file at its first request. */
  function read(name: string): Promise<Served> | undefined {
    const file = files.get(name);
    if (file === undefined) return undefined;
    const load = async () => {
      const { type, bytes } = file();
      const zipped = type.startsWith("font/") ? undefined : await compress(bytes);
      return { type, plain: bytes, zipped, tag: `"${hash("sha256", bytes).slice(0, 32)}"` };
    };
    const loaded = served.get(name) ?? load();
    served.set(name, loaded);
    return loaded;
  }

  const nameOf = (request: IncomingMessage): string => {
    const path = sentPathOf(request);
    return path === PREFIX ? "index.html" : path.slice(PREFIX.length);
  };

  const isOwn = (request: IncomingMessage): boolean => {
    const path = sentPathOf(request);
    return REDIRECTED.has(path) || (path.startsWith(PREFIX) && files.has(nameOf(request)));
  };

  async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const loaded = REDIRECTED.has(sentPathOf(request)) ? undefined : await read(nameOf(request));
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    if (loaded === undefined) response.writeHead(302, { Location: PREFIX, "Content-Length": 0 }).end();
    else respond(request, response, loaded);
    await closed;
  }

  return {
    include: (request) => {
      const isRead = request.method === "GET" || request.method === "HEAD";
      return (isRead && isOwn(request) && problemOf(request) === undefined) || others.include(request);
    },
    send: (request, response) => (isOwn(request) ? send(request, response) : others.send(request, response)),
  };
}

function respond({ method, headers }: IncomingMessage, response: ServerResponse, file: Served): void {
  const { type, tag, plain, zipped } = file;
  const common = { ...HEADERS, ETag: tag, Vary: "Accept-Encoding" };
  if (headers["if-none-match"] === tag) {
    response.writeHead(304, common).end();
    return;
  }
  const takesGzip = /\bgzip\b/.test(headers["accept-encoding"]?.toString() ?? "");
  const encoding = takesGzip && zipped !== undefined ? { "Content-Encoding": "gzip" } : {};
  const bytes = (takesGzip ? zipped : undefined) ?? plain;
  response.writeHead(200, { ...common, ...encoding, "Content-Type": type, "Content-Length": bytes.length });
  response.end(method === "HEAD" ? undefined : bytes);
}
