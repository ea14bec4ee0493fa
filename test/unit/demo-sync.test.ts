import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { TLSSocket } from "node:tls";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { encodeForm, type FormValue } from "../../src/client/forms.ts";
import { makeCertificates } from "../../src/demo/certificates.ts";
import { sendSync } from "../../src/demo/sync.ts";

/** Forms printed by rest-client 2.1.0. */
describe("encodeForm writes the same form as rest-client", () => {
  const cases: { value: { [name: string]: FormValue }; form: string }[] = [
    { value: {}, form: "" },
    { value: { a: [] }, form: "a" },
    { value: { a: {} }, form: "a" },
    { value: { a: null }, form: "a" },
    { value: { a: "" }, form: "a=" },
    { value: { a: [{}] }, form: "a[]" },
    { value: { a: [null] }, form: "a[]" },
    { value: { a: [[1, 2], 3] }, form: "a[][]=1&a[][]=2&a[]=3" },
    { value: { a: { "": 1 } }, form: "a[]=1" },
    { value: { "": 1 }, form: "=1" },
    { value: { a: [{ x: false, y: true }] }, form: "a[][x]=false&a[][y]=true" },
    {
      value: { "a b[é]*~-._!": "q r&=%+é*~-._!\u0000\n" },
      form: "a+b%5B%C3%A9%5D*%7E-._%21=q+r%26%3D%25%2B%C3%A9*%7E-._%21%00%0A",
    },
    {
      value: { users: [{ "a b[é]": [{ repository: "x/y", auth_required: true }] }, { bob: [] }] },
      form: "users[][a+b%5B%C3%A9%5D][][repository]=x%2Fy&users[][a+b%5B%C3%A9%5D][][auth_required]=true&users[][bob]",
    },
    { value: { hosts: [{ uuid: null }, { uuid: "" }] }, form: "hosts[][uuid]&hosts[][uuid]=" },
  ];
  test.each(cases)("$form", ({ value, form }) => {
    expect(encodeForm(value)).toBe(form);
  });
});

/** Runs a gateway with the given users and the given answers to some calls. */
async function withGateway<Result>(
  users: string[],
  answers: Record<string, { status: number; body: string }>,
  use: (baseUrl: string, calls: string[]) => Promise<Result>,
  certificates?: Awaited<ReturnType<typeof makeCertificates>>,
): Promise<{ result: Result; calls: string[] }> {
  const calls: string[] = [];
  const listener: RequestListener = async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const client =
      request.socket instanceof TLSSocket ? ` ${request.socket.getPeerCertificate().subject.CN}` : "";
    const call = `${request.method} ${request.url}`;
    calls.push(`${call}${client} ${request.headers["content-type"] ?? "-"} ${body}`);
    const answer = answers[call] ?? {
      status: 200,
      body: request.method === "GET" ? JSON.stringify({ users }) : "{}",
    };
    response.writeHead(answer.status).end(answer.body);
  };
  const server =
    certificates === undefined
      ? createServer(listener)
      : createHttpsServer({ ...certificates.server, ca: certificates.ca, requestCert: true }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    const result = await use(`${certificates === undefined ? "http" : "https"}://127.0.0.1:${port}`, calls);
    return { result, calls };
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe("sendSync", () => {
  const repositories = [{ repository: "a/b", auth_required: true }];
  const known = {
    repositories,
    users: { alice: repositories, bob: [], carol: repositories },
    hosts: { "u-1": repositories, "u-2": [] },
  };
  const form = "application/x-www-form-urlencoded";
  const callOf = (call: string) => call.split(" ").slice(0, 2).join(" ");
  const WITHOUT_USERS = [
    "PUT /container_gateway/repository_list/",
    "GET /container_gateway/users",
    "PUT /container_gateway/update_hosts/",
    "PUT /container_gateway/host_repository_mapping/",
  ];

  test("makes Katello's calls in Katello's order, with the client certificate", async () => {
    const certificates = await makeCertificates();
    const { calls } = await withGateway(
      ["bob", "alice", "dave"],
      {},
      (baseUrl) => sendSync({ baseUrl, tls: { ca: certificates.ca, ...certificates.foreman }, ...known }),
      certificates,
    );
    const who = "foreman.example.org";
    expect(calls).toEqual([
      `PUT /container_gateway/repository_list/ ${who} ${form} repositories[][repository]=a%2Fb&repositories[][auth_required]=true`,
      `GET /container_gateway/users ${who} - `,
      `PUT /container_gateway/user_repository_mapping/ ${who} ${form} users[][alice][][repository]=a%2Fb&users[][alice][][auth_required]=true&users[][bob]`,
      `PUT /container_gateway/update_hosts/ ${who} ${form} hosts[][uuid]=u-1&hosts[][uuid]=u-2`,
      `PUT /container_gateway/host_repository_mapping/ ${who} ${form} hosts[][u-1][][repository]=a%2Fb&hosts[][u-1][][auth_required]=true&hosts[][u-2]`,
    ]);
  });

  test("sends no mapping of users when the gateway names none that Katello knows", async () => {
    const { calls } = await withGateway(["ALICE"], {}, (baseUrl) => sendSync({ baseUrl, ...known }));
    expect(calls.map(callOf)).toEqual(WITHOUT_USERS);
  });

  test.each([
    {
      call: "PUT /container_gateway/update_hosts/",
      answer: { status: 503, body: "later" },
      says: "PUT /container_gateway/update_hosts/: status 503: later",
    },
    {
      call: "PUT /container_gateway/repository_list/",
      answer: { status: 200, body: "<html>" },
      says: "PUT /container_gateway/repository_list/: status 200, and the reply is not JSON",
    },
    {
      call: "GET /container_gateway/users",
      answer: { status: 200, body: "[]" },
      says: "GET /container_gateway/users: the reply has no list of users",
    },
  ])("makes all other calls and names the failed one: $says", async ({ call, answer, says }) => {
    await withGateway([], { [call]: answer }, async (baseUrl, calls) => {
      await expect(sendSync({ baseUrl, ...known })).rejects.toThrow(says);
      expect(calls.map(callOf)).toEqual(WITHOUT_USERS);
    });
  });

  test("names all failed calls", async () => {
    const later = { status: 503, body: "later" };
    const failing = ["GET /container_gateway/users", "PUT /container_gateway/host_repository_mapping/"];
    const answers = Object.fromEntries(failing.map((call) => [call, later]));
    await withGateway(["alice"], answers, async (baseUrl, calls) => {
      await expect(sendSync({ baseUrl, ...known })).rejects.toThrow(
        failing.map((call) => `${call}: status 503: later`).join("\n"),
      );
      expect(calls.map(callOf)).toEqual(WITHOUT_USERS);
    });
  });

  test("sends the headers of Katello's library and reads the encodings that it accepts", async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      request.resume();
      const answer = request.method === "GET" ? '{"users":["alice"]}' : "{}";
      const encoded = seen.length % 2 === 0 ? gzipSync(answer) : deflateSync(answer);
      response.setHeader("content-encoding", seen.length % 2 === 0 ? "gzip" : "deflate").end(encoded);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await sendSync({ baseUrl: `http://127.0.0.1:${port}`, ...known });
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toHaveLength(5);
    for (const headers of seen)
      expect(headers).toMatchObject({
        accept: "application/json",
        "accept-encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
        "user-agent": expect.stringMatching(/^rest-client\/2\./),
        "x-request-id": expect.any(String),
        "x-session-id": expect.any(String),
      });
  });

  test("accepts an empty reply as a success", async () => {
    const empty = { status: 204, body: "" };
    const answers = {
      "PUT /container_gateway/repository_list/": empty,
      "PUT /container_gateway/update_hosts/": empty,
    };
    const { calls } = await withGateway([], answers, (baseUrl) => sendSync({ baseUrl, ...known }));
    expect(calls).toHaveLength(4);
  });
});
