/** Checks Pulp, as the gateway uses it. */
import type { Settings } from "../settings/keys.ts";
import type { Pulp } from "../upstreams/pulp/pulp.ts";
import type { ProbeReply } from "../upstreams/reply.ts";
import { attempt, reach } from "./attempts.ts";
import { type System, subjectFor } from "./connections.ts";
import { error, ok, type Result } from "./finding.ts";

const CLIENT_CERTIFICATE =
  "name a client certificate that it accepts, usually the Smart Proxy's own, in pulp_client_ssl_cert and pulp_client_ssl_key";

function judgePulp(system: System, settings: Settings, { status, isRegistry }: ProbeReply): Result[] {
  const subject = subjectFor(system);
  if (status === 200 && isRegistry)
    return [ok("pulp_endpoint", subject, "its registry replies, and accepts the gateway's certificate")];
  if (status === 401 || status === 403) {
    const text =
      settings.pulp_client_ssl_cert === undefined
        ? `it replies ${status} to a request without a client certificate`
        : `it replies ${status}: it does not accept the certificate of pulp_client_ssl_cert`;
    return [error("pulp_client_ssl_cert", subject, text, CLIENT_CERTIFICATE)];
  }
  if (status >= 500)
    return [
      error("pulp_endpoint", subject, `it is out of order: it replies ${status}`, "see the log of Pulp"),
    ];
  return [
    error(
      "pulp_endpoint",
      subject,
      `some other page is there, and not Pulp's registry: /pulpcore_registry/v2/ replies ${status}`,
      "set pulp_endpoint to the origin of the Apache that serves Pulp's registry, usually https:// and the Smart Proxy's host",
    ),
  ];
}

/** Checks Pulp. */
export function checkPulp(settings: Settings, pulp: Pick<Pulp, "probe">): Promise<Result[]> {
  const { pulp_client_ssl_ca: ca, pulp_client_ssl_cert: cert, pulp_client_ssl_key: key } = settings;
  const system: System = {
    name: "Pulp",
    url: settings.pulp_endpoint,
    settings: {
      url: "pulp_endpoint",
      ca: "pulp_client_ssl_ca",
      cert: "pulp_client_ssl_cert",
      timeout: "pulp_timeout",
    },
  };
  const tls = { ca: ca?.text, cert: cert?.text, key: key?.text };
  return reach(system, tls, settings.connect_timeout * 1000, () =>
    attempt(
      system,
      () => pulp.probe(),
      (reply) => judgePulp(system, settings, reply),
    ),
  );
}
