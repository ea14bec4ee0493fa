/** The requests of a pull, as podman sends them. */
import type { BenchGateway, Neighbours } from "../pull-world.ts";
import type { Sent } from "./generator.ts";

const APP = "/v2/org/private-app";

/** Each request of a pull, by its name. */
export type PullRequests = Readonly<
  Record<"401" | "token" | "HEAD by tag" | "GET by tag" | "GET by digest" | "layer", Sent>
>;

/** Returns the requests for an image of the neighbours, with the token of a gateway. */
export function requestsOf(
  { token }: Pick<BenchGateway, "token">,
  { manifest, blob }: Neighbours,
): PullRequests {
  const bearer = `Authorization: Bearer ${token}\r\n`;
  const basic = `Authorization: Basic ${Buffer.from("alice:secret").toString("base64")}\r\n`;
  const accept = "Accept: application/vnd.oci.image.manifest.v1+json\r\n";
  const sent = (line: string, status: number, headers = ""): Sent => ({
    text: `${line} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: containers/5.36\r\n${headers}\r\n`,
    status,
  });
  return {
    "401": sent("GET /v2/", 401),
    token: sent(
      "GET /v2/token?account=alice&service=localhost&scope=repository:org/private-app:pull",
      200,
      basic,
    ),
    "HEAD by tag": sent(`HEAD ${APP}/manifests/1.0`, 200, bearer + accept),
    "GET by tag": sent(`GET ${APP}/manifests/1.0`, 200, bearer + accept),
    "GET by digest": sent(`GET ${APP}/manifests/${manifest}`, 200, bearer + accept),
    layer: sent(`GET ${APP}/blobs/${blob}`, 302, bearer),
  };
}

/** Returns the requests in their order: configuration and ten layers come last. */
export const pullOf = ({ layer, ...once }: PullRequests): Sent[] => [
  ...Object.values(once),
  ...Array.from({ length: 11 }, () => layer),
];
