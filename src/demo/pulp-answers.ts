/** What Pulp's programs say: the registry (Django behind gunicorn), the content app (aiohttp), and Apache before both. */
import type { IncomingHttpHeaders } from "node:http";

/** Which Pulp is played: from pulp_container 2.28 on manifests are answered directly, before that with a redirect. */
export type Generation = "2.30" | "2.27";

/** A request as the parts of the stand-in see it. */
export interface Ask {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without the question mark; empty if there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether Apache found the gateway's client certificate and makes the caller Pulp's admin. */
  readonly admin: boolean;
}

/** An answer, complete but for `Date` and, where `django` says so, `Correlation-ID`. */
export interface Answer {
  readonly status: number;
  /** Where it is not the usual one of the status. */
  readonly reason?: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
  /** Whether the answer comes from Pulp's API, which marks it with a `Correlation-ID`. */
  readonly django?: boolean;
}

const nothing = Buffer.alloc(0);
const json = "application/json";
const html = "text/html; charset=utf-8";

/** What Django's middlewares add to every answer. */
const django = {
  Server: "gunicorn",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Access-Control-Expose-Headers": "Correlation-ID",
};

/** An answer of Pulp's API; `headers` win over what it always adds. */
export function fromDjango(
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: Buffer = nothing,
): Answer {
  return {
    status,
    headers: { ...django, "Content-Length": body.length, ...headers },
    body,
    django: true,
  };
}

/** A JSON answer of the registry; the framework writes it without blanks. */
export const jsonAnswer = (status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
  fromDjango(status, { "Content-Type": json, ...headers }, Buffer.from(JSON.stringify(value)));

/** A registry error as the OCI Distribution Specification shapes it. */
export const refusal = (
  status: number,
  code: string,
  message: string,
  detail: Record<string, string> = {},
): Answer => jsonAnswer(status, { errors: [{ code, message, detail }] });

/** The statuses that a registry redirects with. */
export type RedirectStatus = 302 | 307;

/** A redirect of the registry. */
export const redirect = (status: RedirectStatus, location: string): Answer =>
  fromDjango(status, { "Content-Type": html, Location: location });

/** A page for browsers. */
export const page = (text: string, headers: Record<string, string>): Answer =>
  fromDjango(200, { "Content-Type": html, ...headers }, Buffer.from(text));

/** Django's own redirect to the path with a slash; it bypasses the views and what they add. */
export const withSlash = (location: string): Answer =>
  fromDjango(301, { "Content-Type": html, Location: location });

/** What Django says to a path that none of its routes takes: HTML, also below `/v2/`. */
export const noRoute = (): Answer =>
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

function fromApache(status: number, title: string, text: string): Answer {
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

/** Apache to a caller of the registry without the gateway's certificate. */
export const forbidden = (): Answer =>
  fromApache(403, "Forbidden", "You don't have permission to access this resource.");

/** Apache to a path that leads nowhere. */
export const unknownPath = (): Answer =>
  fromApache(404, "Not Found", "The requested URL was not found on this server.");

/** An answer of the content app. */
export function fromContent(
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body: Buffer = nothing,
): Answer {
  return { status, headers: { Server: "Python/3.11 aiohttp/3.14.5", ...headers }, body };
}

/** An error of the content app: the text repeats the status line. */
export function contentError(
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = Buffer.from(`${status}: ${reason}`);
  const type = "text/plain; charset=utf-8";
  return {
    ...fromContent(status, { "Content-Type": type, ...headers, "Content-Length": body.length }, body),
    reason,
  };
}
