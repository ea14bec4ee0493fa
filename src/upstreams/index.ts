/** The systems behind the gateway, as the settings name them. */

import type { ContentSource } from "../model/content.ts";
import type { Report } from "../resilience/circuit-breaker.ts";
import type { Settings } from "../settings/keys.ts";
import type { PemFile } from "../settings/values.ts";
import { ContentHosts } from "./delivery/content-hosts.ts";
import { DeliveredContent } from "./delivery/delivered-content.ts";
import { Transfers } from "./delivery/transfers.ts";
import { Katello } from "./katello/katello.ts";
import { Attachments } from "./pulp/attachments.ts";
import { PulpDocuments } from "./pulp/documents.ts";
import { PulpIndexes } from "./pulp/flatpak-indexes.ts";
import { Pulp } from "./pulp/pulp.ts";
import { Upstream, upstreamBreaker } from "./upstream.ts";
import type { UpstreamTls } from "./upstream-options.ts";

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

/** Makes the connections, which are opened when they are needed. */
export function openUpstreams(settings: UpstreamSettings, report: Report) {
  const { foreman_ssl_ca, foreman_ssl_cert, foreman_ssl_key } = settings;
  const { pulp_client_ssl_ca, pulp_client_ssl_cert, pulp_client_ssl_key } = settings;
  const connectTimeout = settings.connect_timeout * 1000;
  const atKatello = {
    name: "Katello",
    origin: settings.foreman_url,
    timeout: settings.foreman_timeout * 1000,
    connectTimeout,
    waiting: settings.foreman_max_waiting,
    named: { timeout: "foreman_timeout", waiting: "foreman_max_waiting" },
    report,
    breaker: upstreamBreaker("Katello", report),
  };
  const hostConnections = Math.max(1, Math.floor(settings.foreman_max_connections / 4));
  const forHosts = new Upstream({
    ...atKatello,
    tls: pems(foreman_ssl_ca, foreman_ssl_cert, foreman_ssl_key),
    connections: hostConnections,
  });
  const forUsers = new Upstream({
    ...atKatello,
    tls: pems(foreman_ssl_ca, undefined, undefined),
    connections: Math.max(1, settings.foreman_max_connections - hostConnections),
  });
  const atPulp = {
    name: "Pulp",
    origin: settings.pulp_endpoint,
    tls: pems(pulp_client_ssl_ca, pulp_client_ssl_cert, pulp_client_ssl_key),
    timeout: settings.pulp_timeout * 1000,
    connectTimeout,
    connections: settings.pulp_max_connections,
    waiting: settings.pulp_max_waiting,
    named: { timeout: "pulp_timeout", waiting: "pulp_max_waiting" },
    report,
  };
  const registry = new Upstream(atPulp);
  const own = [settings.pulp_endpoint, ...settings.pulp_content_origins];
  const locations = { own, outside: settings.client_endpoint };
  const hosts = new ContentHosts({ pulp: { ...atPulp, connections: settings.stream_limit }, locations });
  const documents = new PulpDocuments(registry, hosts);
  const pulp = new Pulp(registry, documents, locations);
  return {
    katello: new Katello({ forUsers, forHosts, base: settings.katello_registry_path }),
    pulp,
    attachments: new Attachments(documents),
    flatpakIndexes: new PulpIndexes(documents),
    /** Content for clients, as its source has it or says where it is. */
    delivered: (source: ContentSource): ContentSource =>
      new DeliveredContent({
        source,
        transfers: new Transfers({
          hosts,
          limit: settings.stream_limit,
          limitPerAddress: settings.stream_limit_per_address,
        }),
        delivery: settings.content_delivery,
        multipartRanges: settings.multipart_ranges,
      }),
    close: async (): Promise<void> => {
      await Promise.all([forUsers, forHosts, registry, hosts].map((one) => one.close()));
    },
  };
}
