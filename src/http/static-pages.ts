/** Pages that are files: read at their first request, compressed once, and asked for again by browsers after an upgrade. */
import { hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Pages } from "./api-pages.ts";
import { problemOf, sentPathOf } from "./requests.ts";

/** Headers of every file; its policy is one more. */
const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Browsers ask whether a file has changed: an upgrade shows at once.
  "Cache-Control": "no-cache",
} as const;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Types whose files are compressed already. */
const COMPRESSED = /^(?:font\/|image\/png)/;

const compress = promisify(gzip);

/** Returns the media type of a file by its name; a file without a known type is shown as text. */
export const typeOf = (name: string): string => TYPES[extname(name)] ?? "text/plain; charset=utf-8";

/** Files below a path. */
export interface StaticFolder {
  /** Path of the folder, with a slash at its end. There `index.html` is sent. */
  readonly prefix: string;
  /** Paths that lead to the folder. */
  readonly redirected: ReadonlySet<string>;
  /** Reads each file, by its name below the folder. */
  readonly files: ReadonlyMap<string, () => Buffer>;
  /** Returns the Content-Security-Policy of a file. */
  policyOf(name: string, bytes: Buffer): string;
}

/** A file in the forms in which it is sent. */
interface Served {
  readonly type: string;
  readonly policy: string;
  readonly tag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer | undefined;
}

/** Creates the pages of a folder, and those of `others`. */
export function createStaticPages(folder: StaticFolder, others: Pages): Pages {
  const { prefix, redirected, files } = folder;
  const served = new Map<string, Promise<Served>>();

  /** Reads a file at its first request. */
  function read(name: string): Promise<Served> | undefined {
    const file = files.get(name);
    if (file === undefined) return undefined;
    const load = async () => {
      const [type, plain] = [typeOf(name), file()];
      const zipped = COMPRESSED.test(type) ? undefined : await compress(plain);
      const policy = folder.policyOf(name, plain);
      return { type, policy, plain, zipped, tag: `"${hash("sha256", plain).slice(0, 32)}"` };
    };
    const existing = served.get(name);
    if (existing !== undefined) return existing;
    const loaded = load();
    served.set(name, loaded);
    // A file that can't be read now, as when there are too many open ones, is read again at the next request.
    loaded.catch(() => served.delete(name));
    return loaded;
  }

  const nameOf = (request: IncomingMessage): string => {
    const path = sentPathOf(request);
    return path === prefix ? "index.html" : path.slice(prefix.length);
  };

  const isOwn = (request: IncomingMessage): boolean => {
    const path = sentPathOf(request);
    return redirected.has(path) || (path.startsWith(prefix) && files.has(nameOf(request)));
  };

  async function send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const loaded = redirected.has(sentPathOf(request)) ? undefined : await read(nameOf(request));
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    if (loaded === undefined) response.writeHead(302, { Location: prefix, "Content-Length": 0 }).end();
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
  const { type, policy, tag, plain, zipped } = file;
  const common = { "Content-Security-Policy": policy, ...HEADERS, ETag: tag, Vary: "Accept-Encoding" };
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
