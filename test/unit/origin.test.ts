import { describe, expect, test } from "@jest/globals";
import { unauthorized } from "../../src/auth/challenge.ts";
import { createOrigin } from "../../src/connection/origin.ts";
import type { Peer } from "../../src/connection/peer.ts";

const V6 = "2001:DB8:0:0:0:0:0:1";
const V4 = "10.0.0.1";

/** Where the challenge sends a caller of the gateway with a certificate of these names, at port 9443 of an address. */
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

describe("a caller of a gateway without public_url is sent", () => {
  test.each<[what: string, names: string[], host: string, address: string | undefined, realm: string]>([
    ["to the name it asked for", ["a.example.org"], "A.example.org:1", V4, "A.example.org:1"],
    ["to one that a wildcard stands for", ["*.example.org"], "a.example.org:1", V4, "a.example.org:1"],
    ["not to a name below that", ["*.example.org"], "a.b.example.org", V4, "10.0.0.1:9443"],
    ["not to the name above it", ["*.example.org"], "example.org", V4, "10.0.0.1:9443"],
    ["not to the wildcard", ["*.example.org"], "*.example.org", V4, "10.0.0.1:9443"],
    ["to the first real name", ["*.example.org", "b.example.org"], "evil", V4, "b.example.org:9443"],
    ["to the address in the certificate", [V6], "[2001:db8::1]:1", V4, "[2001:db8::1]:1"],
    ["to it, however it is written", [V6], "[2001:DB8::0:1]", V4, "[2001:DB8::0:1]"],
    ["to it, if it asked for another", [V6, "b.example.org"], "evil", V4, "[2001:db8::1]:9443"],
    ["to the address that it reached", [], "evil", "2001:db8::2", "[2001:db8::2]:9443"],
    ["to that of a socket for both families", [], "10.0.0.1:1", "::ffff:10.0.0.1", "10.0.0.1:1"],
    ["to that, by an unknown name", [], "evil", "::ffff:10.0.0.1", "10.0.0.1:9443"],
    ["to the link's address without its zone", [], "evil", "fe80::1%eth0", "[fe80::1]:9443"],
    ["to that, if it asked for it", [], "[fe80::1]:1", "fe80::1%eth0", "[fe80::1]:1"],
    ["somewhere, whatever the names are", ["a%b", "c_d", ""], "a", V4, "10.0.0.1:9443"],
    ["somewhere, if it is gone already", [], "evil", undefined, "localhost:9443"],
  ])("%s", (_, names, host, address, expected) => {
    expect(realm(names, host, address)).toBe(expected);
  });
});
