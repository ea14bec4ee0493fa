import { describe, expect, test } from "@jest/globals";
import { unauthorized } from "../../src/auth/challenge.ts";
import { createOrigin } from "../../src/connection/origin.ts";
import type { Peer } from "../../src/connection/peer.ts";

const V6 = "2001:DB8:0:0:0:0:0:1";
const V4 = "10.0.0.1";

/** Returns the realm of the challenge for a gateway with these certificate names at port 9443 of an address. */
function realm(certificateNames: readonly string[], host: string, address: string | undefined): string {
  const peer: Peer = {
    address: "10.0.0.9",
    transport: "https",
    local: { address, port: 9443 },
    certificate: undefined,
  };
  const originOf = createOrigin({
    publicUrl: undefined,
    certificateNames,
    proxies: { forwarded: () => undefined },
  });
  const origin = originOf({ headers: { host } }, peer);
  const challenge = unauthorized({ origin, scope: undefined }).data?.headers["WWW-Authenticate"] ?? "";
  return /realm="https:\/\/(.*)\/v2\/token"/.exec(challenge)?.[1] ?? challenge;
}

describe("the realm of the challenge without public_url", () => {
  test.each<[what: string, names: string[], host: string, address: string | undefined, realm: string]>([
    [
      "is the requested name when the certificate has it",
      ["a.example.org"],
      "A.example.org:1",
      V4,
      "A.example.org:1",
    ],
    [
      "is the requested name when a wildcard matches it",
      ["*.example.org"],
      "a.example.org:1",
      V4,
      "a.example.org:1",
    ],
    ["is not a name two levels below a wildcard", ["*.example.org"], "a.b.example.org", V4, "10.0.0.1:9443"],
    ["is not the parent name of a wildcard", ["*.example.org"], "example.org", V4, "10.0.0.1:9443"],
    ["is not the wildcard itself", ["*.example.org"], "*.example.org", V4, "10.0.0.1:9443"],
    [
      "is the first name without a wildcard when the requested name is unknown",
      ["*.example.org", "b.example.org"],
      "evil",
      V4,
      "b.example.org:9443",
    ],
    ["is the requested address when the certificate has it", [V6], "[2001:db8::1]:1", V4, "[2001:db8::1]:1"],
    ["is the requested address in another notation", [V6], "[2001:DB8::0:1]", V4, "[2001:DB8::0:1]"],
    [
      "is the address in the certificate when the requested name is unknown",
      [V6, "b.example.org"],
      "evil",
      V4,
      "[2001:db8::1]:9443",
    ],
    [
      "is the local address when the certificate has no name",
      [],
      "evil",
      "2001:db8::2",
      "[2001:db8::2]:9443",
    ],
    [
      "is the requested IPv4 address on a dual-stack socket",
      [],
      "10.0.0.1:1",
      "::ffff:10.0.0.1",
      "10.0.0.1:1",
    ],
    ["is the local IPv4 address on a dual-stack socket", [], "evil", "::ffff:10.0.0.1", "10.0.0.1:9443"],
    ["is the link-local address without its zone", [], "evil", "fe80::1%eth0", "[fe80::1]:9443"],
    ["is the requested link-local address", [], "[fe80::1]:1", "fe80::1%eth0", "[fe80::1]:1"],
    [
      "is the local address when no name in the certificate is valid",
      ["a%b", "c_d", ""],
      "a",
      V4,
      "10.0.0.1:9443",
    ],
    ["is localhost when the local address is unknown", [], "evil", undefined, "localhost:9443"],
  ])("%s", (_, names, host, address, expected) => {
    expect(realm(names, host, address)).toBe(expected);
  });
});
