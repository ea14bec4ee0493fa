/** The upstreams of the gateway: Katello, Pulp and its object storage. */

import { type BeginBulkWork, ignoreBulkWork } from "../model/bulk-work.ts";
import type { ContentSource, Delivery } from "../model/content.ts";
import type { Report } from "../resilience/circuit-breaker.ts";
import type { Settings } from "../settings/keys.ts";
import type { PemFile } from "../settings/values.ts";
import { upstreamBreaker } from "./breaker-settings.ts";
import { ContentFlow } from "./delivery/content-flow.ts";
import { ContentHosts } from "./delivery/content-hosts.ts";
import { MultiRanges } from "./delivery/multi-ranges.ts";
import { RangedBlobs } from "./delivery/ranged-blobs.ts";
import { StreamedContent } from "./delivery/streamed-content.ts";
import { Transfers } from "./delivery/transfers.ts";
import { ForemanAccounts } from "./katello/foreman-accounts.ts";
import { Katello } from "./katello/katello.ts";
import { Probe } from "./probe.ts";
import { Attachments } from "./pulp/attachments.ts";
import { PulpDocuments } from "./pulp/documents.ts";
import { PulpIndexes } from "./pulp/flatpak-indexes.ts";
import { Pulp } from "./pulp/pulp.ts";
import { Upstream } from "./upstream.ts";
import type { UpstreamOptions, UpstreamTls } from "./upstream-options.ts";

/** Settings of the upstreams. */
export type UpstreamSettings = Pick<
  Settings,
  | "foreman_url"
  | "katello_registry_path"
  | "foreman_ssl_ca"
  | "foreman_ssl_cert"
  | "foreman_ssl_key"
  | "foreman_max_connections"
  | "foreman_max_waiting"
  | "foreman_timeout"
  | "connect_timeout"
  | "pulp_endpoint"
  | "pulp_timeout"
  | "pulp_content_origins"
  | "client_endpoint"
  | "content_delivery"
  | "multipart_ranges"
  | "stream_limit"
  | "stream_limit_per_address"
  | "pulp_max_connections"
  | "pulp_max_waiting"
  | "pulp_client_ssl_ca"
  | "pulp_client_ssl_cert"
  | "pulp_client_ssl_key"
>;

type Pem = PemFile | undefined;

const pems = (ca: Pem, cert: Pem, key: Pem): UpstreamTls => ({
  ca: ca?.text,
  cert: cert?.text,
  key: key?.text,
});

/** Creates the clients of all upstreams. They connect on demand. */
export function openUpstreams(
  settings: UpstreamSettings,
  report: Report,
  {
    onReply,
    traceOf,
    beginBulkWork = ignoreBulkWork,
  }: Pick<UpstreamOptions, "onReply" | "traceOf"> & { readonly beginBulkWork?: BeginBulkWork } = {},
) {
  const { foreman_ssl_ca, foreman_ssl_cert, foreman_ssl_key } = settings;
  const { pulp_client_ssl_ca, pulp_client_ssl_cert, pulp_client_ssl_key } = settings;
  const connectTimeoutMs = settings.connect_timeout * 1000;
  const observed = onReply === undefined ? {} : { onReply };
  const atKatello = {
    name: "Katello",
    origin: settings.foreman_url,
    timeoutMs: settings.foreman_timeout * 1000,
    connectTimeoutMs,
    maxWaiting: settings.foreman_max_waiting,
    boundNames: { timeout: "foreman_timeout", waiting: "foreman_max_waiting" },
    report,
    breaker: upstreamBreaker("Katello", report),
    ...observed,
    ...(traceOf === undefined ? {} : { traceOf }),
  };
  const hostConnections = Math.max(1, Math.floor(settings.foreman_max_connections / 4));
  const forHosts = new Upstream({
    ...atKatello,
    tls: pems(foreman_ssl_ca, foreman_ssl_cert, foreman_ssl_key),
    maxConnections: hostConnections,
  });
  const forUsers = new Upstream({
    ...atKatello,
    tls: pems(foreman_ssl_ca, undefined, undefined),
    maxConnections: Math.max(1, settings.foreman_max_connections - hostConnections),
  });
  const atPulp = {
    name: "Pulp",
    origin: settings.pulp_endpoint,
    tls: pems(pulp_client_ssl_ca, pulp_client_ssl_cert, pulp_client_ssl_key),
    timeoutMs: settings.pulp_timeout * 1000,
    connectTimeoutMs,
    maxConnections: settings.pulp_max_connections,
    maxWaiting: settings.pulp_max_waiting,
    boundNames: { timeout: "pulp_timeout", waiting: "pulp_max_waiting" },
    report,
    ...observed,
  };
  const pulpBreaker = upstreamBreaker("Pulp", report);
  const registry = new Upstream({ ...atPulp, breaker: pulpBreaker });
  const own = [settings.pulp_endpoint, ...settings.pulp_content_origins];
  const locations = { own, outside: settings.client_endpoint };
  const flow = new ContentFlow(beginBulkWork);
  const hosts = new ContentHosts({
    pulp: {
      ...atPulp,
      maxConnections: settings.stream_limit,
      onStreamed: (bytes, streamed) => flow.count(bytes, streamed),
    },
    locations,
  });
  const documents = new PulpDocuments(registry, hosts);
  const pulp = new Pulp(registry, documents, locations);
  const katello = new Katello({ forUsers, forHosts, base: settings.katello_registry_path });
  return {
    katello,
    accounts: new ForemanAccounts(forUsers),
    pulp,
    /** Each system with its probe and its circuit breaker, for operators. */
    systems: [
      { name: "Katello", probe: new Probe(katello), breaker: atKatello.breaker },
      { name: "Pulp", probe: new Probe(pulp), breaker: pulpBreaker },
    ] as const,
    attachments: new Attachments(documents),
    flatpakIndexes: new PulpIndexes(documents),
    /** Creates the delivery of a source of content. */
    deliveryOf: (source: ContentSource): Delivery => {
      const transfers = new Transfers({
        hosts,
        maxTransfers: settings.stream_limit,
        maxTransfersPerAddress: settings.stream_limit_per_address,
      });
      const streamed = new StreamedContent(source, transfers);
      const whole = settings.content_delivery === "stream" ? streamed : source;
      const ranged = new RangedBlobs({
        whole,
        multiRanges: new MultiRanges(source, transfers),
        multipartRanges: settings.multipart_ranges,
      });
      return { whole, streamed, ranges: (request, range) => ranged.blob(request, range) };
    },
    close: async (): Promise<void> => {
      await Promise.all([forUsers, forHosts, registry, hosts].map((one) => one.close()));
    },
  };
}
