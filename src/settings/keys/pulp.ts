/** Pulp, and how its content comes to the clients. */
import { z } from "zod";
import { count, list, origin, pemFile } from "../values.ts";

/** Each with its kind, its default and its meaning. */
export const PULP = {
  pulp_endpoint: origin.describe("Pulp, which has the content."),
  pulp_client_ssl_ca: pemFile
    .optional()
    .describe("The authority of Pulp's certificate; `foreman_ssl_ca` when left out."),
  pulp_client_ssl_cert: pemFile
    .optional()
    .describe("The client certificate to show to Pulp; `foreman_ssl_cert` when left out."),
  pulp_client_ssl_key: pemFile.optional().describe("Its key; `foreman_ssl_key` when left out."),
  pulp_max_connections: count(1, 10_000)
    .default(32)
    .describe("Connections of each worker to Pulp, at the most."),
  pulp_max_waiting: count(0, 1_000_000)
    .default(1000)
    .describe(
      "Requests of each worker that wait for one of them, at the most; others are told to try again (503).",
    ),
  pulp_timeout: count(1, 600)
    .default(60)
    .describe(
      "Seconds until an answer of Pulp or of its object storage must begin, and between two pieces of it. Pulp's own workers give up after 90.",
    ),
  connect_timeout: count(1, 60)
    .default(5)
    .describe(
      "Seconds in which a connection to Katello, Pulp or an object storage must be there, its TLS handshake included.",
    ),
  pulp_content_origins: list(origin)
    .default([])
    .describe(
      "Other origins by which Pulp names itself in redirects (its `CONTENT_ORIGIN`). A redirect to any other origin, such as an object storage's, stays as it is, but has to be presigned, and to lead there by https unless `client_endpoint` is plain http; otherwise it is refused (502).",
    ),
  client_endpoint: origin
    .optional()
    .describe(
      "The origin by which clients reach Pulp's content; redirects to Pulp's own origins are rewritten to it, and where it is https, others by plain http are refused. `pulp_endpoint` when left out. Best the host that clients pull from: some refuse redirects to another private address.",
    ),
  content_delivery: z
    .enum(["redirect", "stream"])
    .default("redirect")
    .describe(
      "`redirect`: clients fetch blobs from Pulp's content app or its object storage. `stream`: the gateway fetches and passes on, for clients that can't reach those.",
    ),
  multipart_ranges: z
    .enum(["serve", "refuse"])
    .default("serve")
    .describe(
      "What becomes of a request for several ranges of a blob, which podman (`enable_partial_images`) and stargz-snapshotter send and Pulp refuses. `serve`: the gateway fetches the parts from Pulp and sends them, in `redirect` mode too. `refuse`: 400, on which those clients ask for one range or for the whole.",
    ),
  stream_limit: count(1, 100_000)
    .default(256)
    .describe(
      "How many transfers each worker streams at the same time. A request for several ranges counts as one transfer, in `redirect` mode too.",
    ),
  stream_limit_per_address: count(1, 100_000)
    .default(64)
    .describe(
      "How many of these transfers may go to one address, or to one IPv6 /48 network; further ones are told to try again (503).",
    ),
  redirect_ttl: count(0, 86_400)
    .default(600)
    .describe(
      "Seconds for which the gateway remembers where a blob is, and which manifests a repository has by digest; never longer than a signed location is valid.",
    ),
  tag_ttl: count(0, 3600)
    .default(5)
    .describe(
      "Seconds for which the gateway remembers what may change at any moment: what a tag means, lists of tags and of referrers, that something does not exist, the Flatpak index.",
    ),
  flatpak_index: z
    .enum(["filtered", "open"])
    .default("filtered")
    .describe(
      "`filtered`: the Flatpak index shows what the caller may pull. `open`: it shows names and labels to all, for flatpak never logs in to the index. Pulls are authorized all the same.",
    ),
} as const;
