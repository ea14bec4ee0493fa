/**
 * Yardsticks in plain Node.js, in a process of their own. `bare`: a constant redirect; `bytes`: JSON of a given
 * length; `pass`: passes each request to Pulp over kept-alive TLS with a client certificate, and its reply
 * to the client; `registry`: constant replies to the requests of a pull; `blob`: a stream of a given length; `proxy`: a stream of the same from another origin.
 */
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { Pool } from "undici";

const [kind = "", folder = "", argument = ""] = process.argv.slice(2);
const pem = (name: string): string => readFileSync(join(folder, name), "utf8");

function bare(): RequestListener {
  const Location = `https://pulp.example.org/pulp/container/org/app/blobs/sha256:${"0".repeat(64)}?expires=1&validate_token=a:b`;
  return (_request, response) => void response.writeHead(302, { Location, "Content-Length": "0" }).end();
}

function bytes(): RequestListener {
  const body = Buffer.alloc(Number(argument), "x");
  const headers = { "Content-Type": "application/json", "Content-Length": body.length };
  return (_request, response) => void response.writeHead(200, headers).end(body);
}

function registry(): RequestListener {
  const json = (body: Buffer) => ({ "Content-Type": "application/json", "Content-Length": body.length });
  const refusal = Buffer.from(
    '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":{}}]}',
  );
  const text = "t".repeat(60);
  const token = Buffer.from(JSON.stringify({ token: text, access_token: text, expires_in: 3_600 }));
  const manifest = Buffer.alloc(2_000, "m");
  const redirect = bare();
  return (request, response) => {
    const { url = "", method } = request;
    if (url === "/v2/") {
      const challenge = {
        "WWW-Authenticate": 'Bearer realm="https://localhost/v2/token",service="localhost"',
      };
      response.writeHead(401, { ...json(refusal), ...challenge }).end(refusal);
    } else if (url.startsWith("/v2/token")) response.writeHead(200, json(token)).end(token);
    else if (url.includes("/blobs/")) redirect(request, response);
    else response.writeHead(200, json(manifest)).end(method === "HEAD" ? undefined : manifest);
  };
}

function pass(): RequestListener {
  const tls = { ca: pem("ca.crt"), cert: pem("gateway.crt"), key: pem("gateway.key") };
  const pool = new Pool(argument, { connections: 32, connect: tls });
  return (request, response) => {
    const { accept = "*/*" } = request.headers;
    const path = `/pulpcore_registry${request.url}`;
    const method = request.method === "HEAD" ? "HEAD" : "GET";
    pool
      .request({ method, path, headers: { accept } })
      .then(async ({ statusCode, headers, body }) => {
        const down: Record<string, string> = {};
        for (const name of ["location", "content-type", "content-length"]) {
          const value = headers[name];
          if (typeof value === "string") down[name] = value;
        }
        response.writeHead(statusCode, down);
        response.end(Buffer.from(await body.arrayBuffer()));
      })
      .catch(() => response.destroy());
  };
}

function blob(): RequestListener {
  const chunk = Buffer.alloc(256 * 1024, "x");
  const length = Number(argument);
  return (_request, response) => {
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": length });
    function* chunks() {
      for (let sent = 0; sent < length; sent += chunk.length) yield chunk.subarray(0, length - sent);
    }
    pipeline(chunks, response, () => undefined);
  };
}

function proxy(): RequestListener {
  const pool = new Pool(argument, { connections: 128 });
  return (request, response) => {
    pool
      .request({ method: "GET", path: request.url ?? "/" })
      .then(({ statusCode, headers, body }) => {
        response.writeHead(statusCode, { "content-length": String(headers["content-length"]) });
        pipeline(body, response, () => undefined);
      })
      .catch(() => response.destroy());
  };
}

const yardsticks: Readonly<Record<string, () => RequestListener>> = {
  bare,
  bytes,
  pass,
  registry,
  blob,
  proxy,
};
const listener = yardsticks[kind]?.();
if (listener === undefined) throw new Error(`there is no yardstick ${kind}`);
const secure = createHttpsServer(
  {
    cert: pem("server.crt"),
    key: pem("server.key"),
    ca: pem("ca.crt"),
    requestCert: true,
    rejectUnauthorized: false,
  },
  listener,
);
const plain = createHttpServer(listener);
const portOf = (server: typeof plain | typeof secure): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
process.on("disconnect", () => process.exit());
process.send?.({
  http: `http://127.0.0.1:${await portOf(plain)}`,
  https: `https://127.0.0.1:${await portOf(secure)}`,
});
