/** Connection to Pulp, and delivery of its content. */
import { z } from "zod";
import { count, list, origin, pemFile } from "../values.ts";

/** Type, default and description of each setting. */
export const PULP = {
  pulp_endpoint: origin.describe("URL of Pulp, which stores the content."),
  pulp_client_ssl_ca: pemFile.optional().describe("CA of Pulp's certificate. Defaults to `foreman_ssl_ca`."),
  pulp_client_ssl_cert: pemFile
    .optional()
    .describe("Client certificate for requests to Pulp. Defaults to `foreman_ssl_cert`."),
  pulp_client_ssl_key: pemFile
    .optional()
    .describe("Private key of `pulp_client_ssl_cert`. Defaults to `foreman_ssl_key`."),
  pulp_max_connections: count(1, 10_000)
    .default(32)
    .describe("Maximum number of connections of each worker to Pulp."),
  pulp_max_waiting: count(0, 1_000_000)
    .default(1000)
    .describe(
      "Maximum number of requests of each worker that wait for a connection to Pulp; further ones get 503.",
    ),
  pulp_timeout: count(1, 600)
    .default(60)
    .describe(
      "Timeout in seconds for the beginning of a reply of Pulp or its object storage, and between two parts of it. Pulp's own workers time out after 90 seconds.",
    ),
  connect_timeout: count(1, 60)
    .default(5)
    .describe(
      "Timeout in seconds for connecting to Katello, Pulp or an object storage, including the TLS handshake.",
    ),
  pulp_content_origins: list(origin)
    .default([])
    .describe(
      "Other origins that Pulp uses for itself in redirects (its `CONTENT_ORIGIN`). A redirect to any other origin, such as an object storage, is passed on unchanged, but it must be presigned, and use https unless `client_endpoint` is plain http; otherwise the request gets 502.",
    ),
  client_endpoint: origin
    .optional()
    .describe(
      "Origin by which clients reach Pulp's content. Redirects to Pulp's own origins are rewritten to it; if it is https, other redirects to plain http are refused. Defaults to `pulp_endpoint`. Preferably the host that clients pull from: some clients refuse redirects to another private address.",
    ),
  content_delivery: z
    .enum(["redirect", "stream"])
    .default("redirect")
    .describe(
      "`redirect`: clients fetch blobs from Pulp's content app or its object storage. `stream`: the gateway fetches blobs and streams them, for clients that can't reach Pulp or its object storage.",
    ),
  multipart_ranges: z
    .enum(["serve", "refuse"])
    .default("serve")
    .describe(
      "Handling of requests for several ranges of a blob, which podman (`enable_partial_images`) and stargz-snapshotter send and Pulp refuses. `serve`: the gateway fetches the parts from Pulp and sends them, in `redirect` mode too. `refuse`: the gateway replies 400, after which those clients request one range or the whole blob.",
    ),
  stream_limit: count(1, 100_000)
    .default(256)
    .describe(
      "Maximum number of concurrent streams of each worker. A request for several ranges counts as one stream, in `redirect` mode too.",
    ),
  stream_limit_per_address: count(1, 100_000)
    .default(64)
    .describe(
      "Maximum number of streams (see `stream_limit`) to one address, or to one IPv6 /48 network; further ones get 503.",
    ),
  redirect_ttl: count(0, 86_400)
    .default(600)
    .describe(
      "Seconds for which the gateway caches the location of a blob, and which manifests a repository has by digest; never longer than a signed location is valid. While Pulp is unavailable, manifests cached by digest are sent for up to a day longer.",
    ),
  tag_ttl: count(0, 3600)
    .default(5)
    .describe(
      "Seconds for which the gateway caches replies that may change at any moment: manifests by tag, lists of tags and referrers, 404 replies, the Flatpak index.",
    ),
  flatpak_index: z
    .enum(["filtered", "open"])
    .default("filtered")
    .describe(
      "`filtered`: the Flatpak index shows what the caller may pull. `open`: it shows all names and labels to everybody, because flatpak never logs in to the index. Pulls are authorized in both cases.",
    ),
} as const;
