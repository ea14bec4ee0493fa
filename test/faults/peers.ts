/** Peers that send bad requests. */
import { execFile } from "node:child_process";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { pem } from "../support/gateway.ts";

const execute = promisify(execFile);

/** The result of a conversation: the status lines of the replies, and the end. */
export interface Conversation {
  readonly statuses: readonly number[];
  readonly closed: boolean;
}

/** A peer: the bytes that it sends over a connection of its own. */
export interface Peer {
  readonly name: string;
  readonly send?: (socket: Socket) => Promise<unknown> | unknown;
  /** Instead: a Node.js program with the port as its argument, which prints the reply. */
  readonly program?: string;
  /** Connects as Foreman, over TLS: only Foreman may sync. */
  readonly asForeman?: boolean;
  /** Connects to the https port without a handshake. */
  readonly toTls?: boolean;
  /** Statuses that it must get; otherwise any reply or disconnection is right. Default: any. */
  readonly status?: readonly number[];
  /** Timeout in seconds; default 10. */
  readonly seconds?: number;
  /** Number of concurrent connections. */
  readonly connections?: number;
}

const lines = (...all: readonly string[]) => `${all.join("\r\n")}\r\n\r\n`;
const GET = "GET /v2/ HTTP/1.1";
const HOST = "Host: x";
const FORM = "Content-Type: application/x-www-form-urlencoded";

/** Writes as fast as the other side reads, until it no longer does. */
async function pour(socket: Socket, chunk: Buffer | string, times: number): Promise<void> {
  const closed = new Promise((resolve) => socket.once("close", resolve));
  for (let time = 0; time < times && socket.writable; time += 1) {
    if (!socket.write(chunk))
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
}

/**
 * Sends up to a gigabyte from a process of its own, so that this one can still measure, at the speed of a fast
 * network. */
const GIGABYTE = `
  const socket = require("node:net").connect(process.argv[1], "127.0.0.1");
  const chunk = Buffer.alloc(1024 * 1024, "a");
  let left = 1024;
  socket.write("POST /v2/token HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n"
    + "Content-Length: 1073741824\\r\\n\\r\\n");
  const more = () => { if (left-- > 0) socket.write(chunk, () => setTimeout(more, 12)); };
  socket.on("error", () => process.exit()).on("close", () => process.exit());
  socket.on("data", (data) => { process.stdout.write(data); socket.destroy(); });
  more();`;

async function trickle(socket: Socket, text: string, pause: number): Promise<void> {
  for (const letter of text) {
    if (!socket.writable) return;
    socket.write(letter);
    await sleep(pause);
  }
}

const push = (type: string, ...more: readonly string[]) =>
  lines("PUT /container_gateway/user_repository_mapping/ HTTP/1.1", HOST, `Content-Type: ${type}`, ...more);

async function pushNested(socket: Socket, type: string, body: string): Promise<void> {
  socket.write(push(type, `Content-Length: ${body.length}`));
  await pour(socket, body, 1);
}

const chunked =
  (header: string, ...more: readonly string[]) =>
  (socket: Socket) =>
    socket.write(`${lines("POST /v2/token HTTP/1.1", HOST, FORM, header, ...more)}5\r\na=b&c\r\n0\r\n\r\n`);
const say = (text: string) => (socket: Socket) => socket.write(Buffer.from(text, "latin1"));

export const PEERS: readonly Peer[] = [
  {
    name: "headers, a letter every 100 ms",
    send: (socket) => trickle(socket, lines(GET, HOST, "A: b"), 100),
    status: [401],
  },
  {
    name: "a form, a letter every 50 ms",
    send: (socket) =>
      trickle(
        socket,
        `${lines("POST /v2/token HTTP/1.1", HOST, FORM, "Content-Length: 19")}grant_type=password`,
        50,
      ),
    seconds: 15,
  },
  {
    name: "a body of 1 GB",
    program: GIGABYTE,
    seconds: 60,
  },
  {
    name: "100,000 headers",
    send: (socket) => pour(socket, `${GET}\r\n${"a: b\r\n".repeat(100_000)}\r\n`, 1),
  },
  {
    name: "a header of 10 MB",
    send: (socket) => pour(socket, `${GET}\r\nA: ${"b".repeat(10 * 1024 ** 2)}\r\n\r\n`, 1),
  },
  {
    name: "a target of 1 MB",
    send: (socket) => pour(socket, `GET /v2/${"a/".repeat(500_000)} HTTP/1.1\r\n\r\n`, 1),
  },
  {
    name: "a form that is nested 100,000 times",
    asForeman: true,
    send: (socket) =>
      pushNested(socket, "application/x-www-form-urlencoded", `users${"[]".repeat(100_000)}=x`),
    status: [400],
  },
  {
    name: "JSON that is nested 100,000 times",
    asForeman: true,
    send: (socket) => pushNested(socket, "application/json", `{"users":${"[".repeat(100_000)}`),
    status: [400],
  },
  { name: "HTTP/1.0 without a Host", send: say("GET /v2/ HTTP/1.0\r\n\r\n"), status: [401] },
  { name: "HTTP/1.1 without a Host", send: say(lines(GET)), status: [400] },
  { name: "HTTP/0.9", send: say("GET /v2/\r\n\r\n") },
  { name: "HTTP/2 by prior knowledge", send: say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },
  { name: "TLS where none is spoken", send: say("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") },
  { name: "1,000 requests in one go", send: say(lines(GET, HOST).repeat(1_000)) },
  { name: "20 requests in one go", send: say(lines(GET, HOST).repeat(20)), status: [401] },
  {
    name: "both Transfer-Encoding and Content-Length",
    send: chunked("Transfer-Encoding: chunked", "Content-Length: 3"),
  },
  { name: "Transfer-Encoding: chunked, chunked", send: chunked("Transfer-Encoding: chunked, chunked") },
  {
    name: "Transfer-Encoding twice",
    send: chunked("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
  },
  { name: "Transfer-Encoding on a folded line", send: chunked("Transfer-Encoding:\r\n chunked") },
  {
    name: "Transfer-Encoding : chunked, with a blank before the colon",
    send: chunked("Transfer-Encoding : chunked"),
  },
  { name: "Transfer-Encoding: xchunked", send: chunked("Transfer-Encoding: xchunked") },
  {
    name: "a chunk without an end to its size",
    send: (socket) =>
      pour(
        socket,
        `${lines("POST /v2/token HTTP/1.1", HOST, FORM, "Transfer-Encoding: chunked")}${"f".repeat(1024)}\r\n`,
        1,
      ),
  },
  { name: "two Content-Lengths that differ", send: chunked("Content-Length: 3", "Content-Length: 15") },
  {
    name: "Expect: 100-continue, and no body",
    send: (socket) =>
      socket.write(lines("POST /v2/token HTTP/1.1", HOST, FORM, "Content-Length: 5", "Expect: 100-continue")),
    status: [100],
  },
  { name: "Expect: miracles", send: say(lines(GET, HOST, "Expect: miracles")), status: [401] },
  {
    name: "a target at another host",
    send: say(lines("GET http://other.example.org/v2/ HTTP/1.1", HOST)),
    status: [401],
  },
  { name: "CONNECT", send: say(lines("CONNECT other.example.org:443 HTTP/1.1", HOST)) },
  {
    name: "Upgrade: websocket",
    send: say(lines(GET, HOST, "Connection: Upgrade", "Upgrade: websocket")),
    status: [401],
  },
  {
    name: "Upgrade: h2c",
    send: say(lines(GET, HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")),
    status: [401],
  },
  { name: "null bytes in the target and in a header", send: say("GET /v2/\0 HTTP/1.1\r\nHost: x\0\r\n\r\n") },
  {
    name: "overlong UTF-8 in the target",
    send: say(lines("GET /v2/%C0%AE%C0%AE/manifests/%C0%AF HTTP/1.1", HOST)),
  },
  { name: "raw bytes in the target", send: say(lines("GET /v2/\xc0\xaf\xff/tags/list HTTP/1.1", HOST)) },
  { name: "lines that end without CR", send: say(`${GET}\n${HOST}\n\n`) },
  { name: "an unknown method", send: say(lines("BREW /v2/ HTTP/1.1", HOST)) },
  { name: "plain HTTP where TLS is spoken", toTls: true, send: say(lines(GET, HOST)) },
  { name: "nothing where TLS is spoken", toTls: true, seconds: 30 },
  {
    name: "half a handshake, on 200 connections",
    toTls: true,
    connections: 200,
    send: say("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    seconds: 30,
  },
  {
    name: "200 connections that say nothing",
    connections: 200,
    send: async (socket) => {
      await sleep(1_500);
      socket.destroy();
    },
  },
  {
    name: "requests whose answers are never read",
    send: async (socket) => {
      socket.pause();
      await pour(socket, lines("GET /openapi.yaml HTTP/1.1", HOST).repeat(20), 20);
      await sleep(500);
      socket.destroy();
    },
  },
];

const statusesIn = (said: string): number[] =>
  [...said.matchAll(/(?:^|\n)HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));

async function runProgram(program: string, http: string, seconds: number): Promise<Conversation> {
  const args = ["-e", program, new URL(http).port];
  const { stdout } = await execute(process.execPath, args, { timeout: seconds * 1000 });
  return { statuses: statusesIn(stdout), closed: true };
}

async function converse(
  { send, program, asForeman, toTls, status, seconds = 10 }: Peer,
  http: string,
  https: string,
): Promise<Conversation> {
  if (program !== undefined) return runProgram(program, http, seconds);
  const { hostname, port } = new URL(asForeman === true || toTls === true ? https : http);
  const address = { host: hostname, port: Number(port) };
  const foreman = {
    ca: pem("ca.crt"),
    cert: pem("foreman.crt"),
    key: pem("foreman.key"),
    servername: "localhost",
  };
  const socket = asForeman === true ? connectTls({ ...address, ...foreman }) : connect(address);
  let said = "";
  let closed = false;
  socket.setEncoding("latin1").on("data", (text: string) => {
    said += said.length < 1_000_000 ? text : "";
  });
  socket
    .on("error", () => undefined)
    .on("close", () => {
      closed = true;
    });
  const open = asForeman === true ? "secureConnect" : "connect";
  await new Promise((resolve) => socket.once(open, resolve).once("close", resolve));
  const end = performance.now() + seconds * 1000;
  const sent = Promise.resolve(send?.(socket)).catch(() => undefined);
  const statuses = () => statusesIn(said);
  const content = () =>
    status === undefined ? statuses().length > 0 : statuses().some((one) => status.includes(one));
  while (!closed && !content() && performance.now() < end) await sleep(5);
  await Promise.race([sent, sleep(end - performance.now(), undefined, { ref: false })]);
  const outcome = { statuses: statuses(), closed };
  socket.destroy();
  return outcome;
}

/** Runs a peer once. */
export const attack = (peer: Peer, http: string, https: string): Promise<Conversation[]> =>
  Promise.all(Array.from({ length: peer.connections ?? 1 }, () => converse(peer, http, https)));
