/** An abusive caller in a process of its own: `attacker.mjs JSON`. Runs until it is killed. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @type {{ attack: string, port: number, addresses: string[], forwarded: string[], token: string, blob: string,
 *   name: string }}
 */
const options = JSON.parse(process.argv[2] ?? "{}");
const { port, addresses, forwarded, token, blob, name } = options;
let turn = 0;

/** Opens the next connection; addresses are used in turn. */
function open() {
  const localAddress = addresses[turn++ % addresses.length];
  return connect({ host: "127.0.0.1", port, localAddress }).on("error", () => undefined);
}

/** @param {string} path @param {string} more */
function ask(path, more = "", method = "GET") {
  const from = forwarded[turn++ % (forwarded.length || 1)];
  const told = from === undefined ? "" : `X-Forwarded-For: ${from}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${told}${more}\r\n`;
}

const bearer = () => `Authorization: Bearer ${token}\r\n`;
const hex = () => Array.from({ length: 64 }, () => Math.floor(Math.random() * 16).toString(16)).join("");

/** Keeps a number of connections busy, and replaces each one some time after its end. */
function keep(count, work, pause = 1_000) {
  const next = () => {
    const socket = open();
    socket.on("close", () => setTimeout(next, pause * (1 + Math.random())));
    socket.on("connect", () => work(socket));
  };
  for (let index = 0; index < count; index += 1) next();
}

/** Sends one request after the other on each of a number of connections. */
const flood = (count, request) =>
  keep(count, (socket) => {
    socket.write(request());
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      text += chunk;
      // The end of a reply: chunked, JSON, or without a body.
      if (!/(?:\r\n0\r\n\r\n|[}\]]|\r\n\r\n)\s*$/.test(text)) return;
      text = "";
      socket.write(request());
    });
  });

/** The same for replies with a Content-Length. */
const floodPages = (count, path) =>
  keep(count, (socket) => {
    let bytes = 0;
    let length = 0;
    const next = () => {
      [bytes, length] = [0, 0];
      socket.write(ask(path));
    };
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (length === 0) {
        const head = chunk.toString("latin1");
        length = head.indexOf("\r\n\r\n") + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      }
      if (bytes >= length) next();
    });
    next();
  });

const ATTACKS = {
  chunks: () =>
    keep(200, (socket) => {
      const head = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n";
      socket.write(ask("/v2/token", head, "POST"));
      // A reverse proxy forwards a chunk as a whole.
      const chunks = forwarded.length > 0 ? `c8\r\n${"a".repeat(200)}\r\n` : "1\r\na\r\n".repeat(200);
      const more = () => socket.writable && socket.write(chunks, () => setTimeout(more, 5));
      more();
    }),
  silent: () => keep(5_500, () => undefined, 10_000),
  readers: () =>
    keep(256, (socket) => {
      socket.write(ask(`/v2/${name}/blobs/${blob}`, bearer()));
      socket.pause();
      setInterval(() => socket.read(1), 1_000).unref();
    }),
  pipelined: () =>
    keep(1, (socket) => socket.write(ask(`/v2/${name}-none/tags/list`, bearer()).repeat(6_000))),
  "pipelined a little": () =>
    keep(300, (socket) => {
      const some = ask(`/v2/${name}-none/tags/list`, bearer()).repeat(20);
      const more = () => socket.write(some);
      let replies = 0;
      socket.setEncoding("latin1").on("data", (chunk) => {
        replies += chunk.split("HTTP/1.1 ").length - 1;
        if (replies % 20 === 0) more();
      });
      more();
    }),
  referrers: () => flood(350, () => ask(`/v2/${name}/referrers/sha256:${hex()}`, bearer())),
  index: () => flood(64, () => ask(`/index/static?label:a:exists=1&tag=${hex()}`)),
  search: () => flood(200, () => ask(`/v1/search?q=${hex().slice(0, 4)}&n=1000`)),
  logins: () =>
    flood(2_000, () =>
      ask("/v2/token", `Authorization: Basic ${Buffer.from(`u${hex()}:wrong`).toString("base64")}\r\n`),
    ),
  "guesses at one account": () =>
    flood(500, () =>
      ask("/v2/token", `Authorization: Basic ${Buffer.from("carol:wrong").toString("base64")}\r\n`),
    ),
  replies: () =>
    keep(78, (socket) => {
      socket.write(ask(`/v2/_catalog?n=19999&last=a${hex()}`, bearer()));
      socket.pause();
    }),
  "unknown paths": () => flood(900, () => ask("/nonexistent")),
  contract: () => floodPages(900, "/openapi.yaml"),
  bundle: () => floodPages(500, "/docs/swagger-ui-bundle.js"),
  administration: () => flood(900, () => ask("/container_gateway/users")),
  health: () => flood(900, () => ask("/healthz")),
  "header lines": () => flood(900, () => ask("/v2/", `${"a:b\r\n".repeat(6_000)}${bearer()}`)),
  docs: () => flood(8, () => ask(`/docs/${"../".repeat(20_000)}`)),
};

ATTACKS[options.attack]();
// Connections that are not read do not keep the process alive.
setInterval(() => undefined, 1_000);
// Until the buffers of both operating systems are full.
await sleep(options.attack === "readers" ? 6_000 : 1_000);
process.send?.("ready");
