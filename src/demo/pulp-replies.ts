/** Replies of Pulp's programs: the registry (Django behind gunicorn), the content app (aiohttp), and Apache in front of both. */
import type { IncomingHttpHeaders } from "node:http";

/** Generation of pulp_container: from 2.28 on it serves manifests directly, before that by redirect. */
export type Generation = "2.30" | "2.27";

/** A request to the stand-in. */
export interface PulpRequest {
  readonly method: string;
  /** Path as sent, without the query. */
  readonly path: string;
  /** Query as sent, without the question mark; empty if there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** True if the client certificate is the gateway's, so that Apache makes the caller Pulp's admin. */
  readonly admin: boolean;
}

/** A reply, complete except for `Date` and, with `django`, `Correlation-ID`. */
export interface PulpReply {
  readonly status: number;
  /** Reason phrase, if it is not the default of the status. */
  readonly reason?: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
  /** True for replies of Pulp's API, which have a `Correlation-ID`. */
  readonly django?: boolean;
}

const nothing = Buffer.alloc(0);
const json = "application/json";
const html = "text/html; charset=utf-8";

/** Headers that Django's middlewares add to every reply. */
const django = {
  Server: "gunicorn",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Access-Control-Expose-Headers": "Correlation-ID",
};

/** Makes a reply of Pulp's API; `headers` take precedence over its default ones. */
export function fromDjango(
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: Buffer = nothing,
): PulpReply {
  return {
    status,
    headers: { ...django, "Content-Length": body.length, ...headers },
    body,
    django: true,
  };
}

/** Makes a JSON reply of the registry, which the framework writes without whitespace. */
export const jsonReply = (status: number, value: unknown, headers: Record<string, string> = {}): PulpReply =>
  fromDjango(status, { "Content-Type": json, ...headers }, Buffer.from(JSON.stringify(value)));

/** Makes a registry error (OCI Distribution Specification). */
export const refusal = (
  status: number,
  code: string,
  message: string,
  detail: Record<string, string> = {},
): PulpReply => jsonReply(status, { errors: [{ code, message, detail }] });

/** Status of the registry's redirects. */
export type RedirectStatus = 302 | 307;

/** Makes a redirect of the registry. */
export const redirect = (status: RedirectStatus, location: string): PulpReply =>
  fromDjango(status, { "Content-Type": html, Location: location });

/** Makes a page for browsers. */
export const page = (text: string, headers: Record<string, string>): PulpReply =>
  fromDjango(200, { "Content-Type": html, ...headers }, Buffer.from(text));

/** Makes Django's redirect to the path with a slash, which bypasses the views and their headers. */
export const withSlash = (location: string): PulpReply =>
  fromDjango(301, { "Content-Type": html, Location: location });

/** Makes Django's reply to an unknown path: HTML, also below `/v2/`. */
export const noRoute = (): PulpReply =>
  fromDjango(
    404,
    { "Content-Type": html, "X-Frame-Options": "DENY" },
    Buffer.from(`
<!doctype html>
<html lang="en">
<head>
  <title>Not Found</title>
</head>
<body>
  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>
</body>
</html>
`),
  );

function fromApache(status: number, title: string, text: string): PulpReply {
  const body =
    Buffer.from(`<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>${status} ${title}</title>
</head><body>
<h1>${title}</h1>
<p>${text}</p>
</body></html>
`);
  return {
    status,
    headers: {
      Server: "Apache/2.4.71 (Debian) OpenSSL/3.0.19",
      "Content-Length": body.length,
      "Content-Type": "text/html; charset=iso-8859-1",
    },
    body,
  };
}

/** Makes Apache's reply to a registry request without the gateway's certificate. */
export const forbidden = (): PulpReply =>
  fromApache(403, "Forbidden", "You don't have permission to access this resource.");

/** Makes Apache's reply to an unknown path. */
export const unknownPath = (): PulpReply =>
  fromApache(404, "Not Found", "The requested URL was not found on this server.");

/** Makes a reply of the content app. */
export function fromContent(
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: Buffer = nothing,
): PulpReply {
  return { status, headers: { Server: "Python/3.11 aiohttp/3.14.5", ...headers }, body };
}

/** Makes an error of the content app, whose text repeats the status line. */
export function contentError(
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): PulpReply {
  const body = Buffer.from(`${status}: ${reason}`);
  const type = "text/plain; charset=utf-8";
  return {
    ...fromContent(status, { "Content-Type": type, ...headers, "Content-Length": body.length }, body),
    reason,
  };
}
