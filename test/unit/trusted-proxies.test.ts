import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "@jest/globals";
import type { Peer } from "../../src/connection/peer.ts";
import { TrustedProxies } from "../../src/connection/trusted-proxies.ts";

const peer = (address: string | undefined, transport: Peer["transport"] = "http"): Peer => ({
  address,
  transport,
  local: { address: "127.0.0.1", port: 1 },
  certificate: undefined,
});
const proxies = new TrustedProxies({
  trustedProxies: ["10.0.0.0/8", "::1", "proxy.example.org"],
  verifier: undefined,
});
const near = peer("10.1.2.3");
const far = peer("192.0.2.1");

describe("a reverse proxy is trusted", () => {
  test.each([
    ["by its network", near, true],
    ["by its address", peer("::1"), true],
    ["not by any other address", far, false],
    ["not over a Unix socket by default", peer(undefined, "unix"), false],
    ["not without an address", peer(undefined), false],
  ])("%s", (_, one, trusted) => {
    expect(proxies.include(one)).toBe(trusted);
  });

  test("over a Unix socket when that is configured", () => {
    const unix = new TrustedProxies({ trustedProxies: ["unix"], verifier: undefined });
    expect(unix.include(peer(undefined, "unix"))).toBe(true);
  });
});

const originOf = (one: Peer, headers: IncomingHttpHeaders): string | undefined => {
  const told = proxies.forwarded(one, headers);
  return told && `${told.proto}://${told.host}`;
};

describe("the client's origin from a trusted reverse proxy", () => {
  const said = { "x-forwarded-proto": "https", "x-forwarded-host": "registry.example.org" };
  test.each([
    ["X-Forwarded-*", said, "https://registry.example.org"],
    ["a scheme in upper case", { ...said, "x-forwarded-proto": "HTTPS" }, "https://registry.example.org"],
    ["a port", { ...said, "x-forwarded-port": "8443" }, "https://registry.example.org:8443"],
    ["the default port", { ...said, "x-forwarded-port": "443" }, "https://registry.example.org"],
    [
      "the port in X-Forwarded-Host",
      { "x-forwarded-proto": "http", "x-forwarded-host": "h:81", "x-forwarded-port": "82" },
      "http://h:81",
    ],
    ["Forwarded", { forwarded: 'for=192.0.2.1;proto=https;host="h:8443"' }, "https://h:8443"],
    ["Forwarded in capitals", { forwarded: "Proto=https; Host=h" }, "https://h"],
    [
      "the last host of a list",
      { ...said, "x-forwarded-host": "evil.example.org, registry.example.org:8443" },
      "https://registry.example.org:8443",
    ],
    [
      "the last scheme of a list",
      { ...said, "x-forwarded-proto": "http,https" },
      "https://registry.example.org",
    ],
    [
      "the last port of a list",
      { ...said, "x-forwarded-port": "1, 8443" },
      "https://registry.example.org:8443",
    ],
    ["the last element of Forwarded", { forwarded: "proto=http;host=evil, proto=https;host=h" }, "https://h"],
    [
      "X-Forwarded-Host before Forwarded, which Apache passes through",
      { ...said, forwarded: "proto=http;host=evil.example.org" },
      "https://registry.example.org",
    ],
  ])("is read from %s", (_, headers, origin) => {
    expect(originOf(near, headers)).toBe(origin);
    expect(originOf(far, headers)).toBeUndefined();
  });

  test.each([
    ["without a host", { "x-forwarded-proto": "https" }],
    ["without a scheme", { "x-forwarded-host": "h" }],
    ["with an empty last host", { ...said, "x-forwarded-host": "h," }],
    ["with another scheme", { ...said, "x-forwarded-proto": "gopher" }],
    ["with a host that breaks the challenge", { ...said, "x-forwarded-host": 'h",realm="x' }],
    ["with a user in the host", { ...said, "x-forwarded-host": "user@evil.example.org" }],
  ])("is unknown %s", (_, headers) => {
    expect(originOf(near, headers)).toBeUndefined();
  });

  const overTls = peer("10.1.2.3", "https");
  test.each([
    ["no scheme", { "x-forwarded-host": "registry.example.org" }],
    ["the client's own scheme", { "x-forwarded-host": "registry.example.org", "x-forwarded-proto": "http" }],
    ["the client's own Forwarded", { "x-forwarded-host": "registry.example.org", forwarded: "proto=http" }],
    ["an invalid scheme", { "x-forwarded-host": "registry.example.org", "x-forwarded-proto": "gopher" }],
  ])("is https when the reverse proxy connects over TLS and sends %s", (_, headers) => {
    expect(originOf(overTls, headers)).toBe("https://registry.example.org");
    expect(originOf(peer("192.0.2.1", "https"), headers)).toBeUndefined();
  });

  test("has the port that the client used behind Apache", () => {
    const headers = { "x-forwarded-host": "evil.example.org, localhost:25443" };
    expect(originOf(overTls, headers)).toBe("https://localhost:25443");
  });
});

describe("the caller's address", () => {
  test.each<[string, Peer, string | undefined, string | undefined]>([
    ["is the peer's without a header", far, undefined, "192.0.2.1"],
    ["is the peer's when the peer is not trusted", far, "203.0.113.9", "192.0.2.1"],
    ["comes from a trusted reverse proxy", near, "203.0.113.9", "203.0.113.9"],
    ["is the last that is not a reverse proxy", near, "6.6.6.6, 203.0.113.9, 10.9.9.9", "203.0.113.9"],
    ["is the first when all are reverse proxies", near, "10.7.7.7, 10.9.9.9", "10.7.7.7"],
    ["may have a port", near, "203.0.113.9:4711", "203.0.113.9"],
    ["may be IPv6", near, "[2001:db8::1]:4711", "2001:db8::1"],
    ["is the reverse proxy's when its header is invalid", near, "unknown", "10.1.2.3"],
    ["is absent over an untrusted Unix socket", peer(undefined, "unix"), "203.0.113.9", undefined],
  ])("%s", (_, one, header, address) => {
    const headers = header === undefined ? {} : { "x-forwarded-for": header };
    expect(proxies.clientAddress(one, headers)).toBe(address);
  });
});
