/** Checks Pulp and Katello, as the gateway uses them. */
import { ACCEPTS_ANY_TOKEN } from "../auth/katello-token-check.ts";
import type { Settings } from "../settings/keys.ts";
import { openUpstreams } from "../upstreams/index.ts";
import type { ProbeReply } from "../upstreams/reply.ts";
import { connectionProblem, requestProblem, type System, subjectFor } from "./connections.ts";
import { error, ok, type Result, warning } from "./finding.ts";
import { addressOf, connectTo } from "./transport.ts";

/** Difference to Foreman's clock from which on it is reported. */
const MAX_SKEW_MS = 60_000;

const CLIENT_CERTIFICATE =
  "name a client certificate that it accepts, usually the Smart Proxy's own, with its key";

type Upstreams = ReturnType<typeof openUpstreams>;

/** Runs a request; a failed one becomes a finding. */
async function attempt(
  system: System,
  request: () => Promise<ProbeReply>,
  judge: (reply: ProbeReply) => Result[],
): Promise<Result[]> {
  try {
    return judge(await request());
  } catch (cause) {
    return [requestProblem(system, cause)];
  }
}

/** Connects to an upstream; if that works, runs `more`. */
async function reach(
  system: System,
  tls: { readonly ca: string | undefined; readonly cert?: string; readonly key?: string },
  timeoutMs: number,
  more: () => Promise<Result[]>,
): Promise<Result[]> {
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  const options = { ...addressOf(system.url), ...given };
  const connection = await connectTo({ url: system.url, options, timeoutMs });
  return connection.state === "connected" ? more() : [connectionProblem(system, connection)];
}

function judgePulp(system: System, settings: Settings, { status, isRegistry }: ProbeReply): Result[] {
  const subject = subjectFor(system);
  if (status === 200 && isRegistry)
    return [ok("pulp_endpoint", subject, "its registry replies, and accepts the gateway's certificate")];
  if (status === 401 || status === 403)
    return settings.pulp_client_ssl_cert === undefined
      ? [
          error(
            "pulp_client_ssl_cert",
            subject,
            `it replies ${status} to a request without a client certificate`,
            `${CLIENT_CERTIFICATE}, in pulp_client_ssl_cert and pulp_client_ssl_key`,
          ),
        ]
      : [
          error(
            "pulp_client_ssl_cert",
            subject,
            `it replies ${status}: it does not accept the certificate of pulp_client_ssl_cert`,
            `${CLIENT_CERTIFICATE}, in pulp_client_ssl_cert and pulp_client_ssl_key`,
          ),
        ];
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

function judgeKatello(system: System, settings: Settings, reply: ProbeReply): Result[] {
  const subject = subjectFor(system);
  const { status, isRegistry, date } = reply;
  const { katello_registry_path: path } = settings;
  if (status === 429)
    return [
      warning("foreman_url", subject, "it is rate limiting (429)", "run this command again in a minute"),
    ];
  if (status >= 500)
    return [
      error("foreman_url", subject, `it is out of order: it replies ${status}`, "see the log of Foreman"),
    ];
  if (status !== 200 || !isRegistry)
    return [
      error(
        "foreman_url",
        subject,
        `some other page is there, and not Katello's registry: ${path}token replies ${status}`,
        "set foreman_url to the Foreman server with Katello, and katello_registry_path to the path of its registry",
      ),
    ];
  return [ok("foreman_url", subject, "its registry replies"), ...judgeClock(date)];
}

/** Compares the clocks: a wrong one makes tokens expire early, and certificates invalid. */
function judgeClock(date: string | undefined): Result[] {
  const differenceMs = Date.parse(date ?? "") - Date.now();
  if (!(Math.abs(differenceMs) > MAX_SKEW_MS)) return [];
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  return [
    warning(
      "foreman_url",
      "clock",
      `Foreman's clock is ${seconds} s ${differenceMs > 0 ? "ahead of" : "behind"} this machine's: tokens expire at the wrong time`,
      "synchronize the clocks of both machines, for example with chronyd",
    ),
  ];
}

function judgeHosts(system: System, settings: Settings, { status }: ProbeReply): Result[] {
  const subject = `${system.name}'s catalog of hosts`;
  const certificate = `${CLIENT_CERTIFICATE}, in foreman_ssl_cert and foreman_ssl_key`;
  if (settings.foreman_ssl_cert === undefined)
    return [
      warning(
        "foreman_ssl_cert",
        subject,
        "Katello tells nobody without a client certificate what hosts may pull: foreman_ssl_cert is not set",
        certificate,
      ),
    ];
  if (status === 200) return [ok("foreman_ssl_cert", subject, "Katello accepts the gateway's certificate")];
  return [
    error(
      "foreman_ssl_cert",
      subject,
      `it replies ${status}: it does not accept the certificate of foreman_ssl_cert`,
      certificate,
    ),
  ];
}

async function checkTokens(katello: Upstreams["katello"]): Promise<Result[]> {
  const subject = "Katello's token check";
  const refuses = ok("token_recheck", subject, "Katello refuses unknown tokens");
  // A Katello that can't be queried has been reported already.
  const isOpen = await katello.acceptsAnything().catch(() => false);
  if (!isOpen) return [refuses];
  const [text = "", ...advice] = ACCEPTS_ANY_TOKEN.split(". ");
  return [error("token_recheck", subject, text, advice.join(". "))];
}

/** Checks Pulp and Katello. */
export async function checkUpstreams(settings: Settings): Promise<Result[]> {
  const { foreman_ssl_ca, pulp_client_ssl_ca, pulp_client_ssl_cert, pulp_client_ssl_key } = settings;
  const timeoutMs = settings.connect_timeout * 1000;
  const pulpSystem: System = {
    name: "Pulp",
    url: settings.pulp_endpoint,
    settings: {
      url: "pulp_endpoint",
      ca: "pulp_client_ssl_ca",
      cert: "pulp_client_ssl_cert",
      timeout: "pulp_timeout",
    },
  };
  const katelloSystem: System = {
    name: "Katello",
    url: settings.foreman_url,
    settings: {
      url: "foreman_url",
      ca: "foreman_ssl_ca",
      cert: "foreman_ssl_cert",
      timeout: "foreman_timeout",
    },
  };
  const { pulp, katello, close } = openUpstreams(settings, () => undefined);
  const pulpTls = {
    ca: pulp_client_ssl_ca?.text,
    ...(pulp_client_ssl_cert && pulp_client_ssl_key
      ? { cert: pulp_client_ssl_cert.text, key: pulp_client_ssl_key.text }
      : {}),
  };
  const checkHosts = () =>
    attempt(
      katelloSystem,
      () => katello.probeHosts(),
      (reply) => judgeHosts(katelloSystem, settings, reply),
    );
  try {
    const [atPulp, atKatello] = await Promise.all([
      reach(pulpSystem, pulpTls, timeoutMs, () =>
        attempt(
          pulpSystem,
          () => pulp.probe(),
          (reply) => judgePulp(pulpSystem, settings, reply),
        ),
      ),
      reach(katelloSystem, { ca: foreman_ssl_ca?.text }, timeoutMs, async () => {
        const found = await attempt(
          katelloSystem,
          () => katello.probe(),
          (reply) => judgeKatello(katelloSystem, settings, reply),
        );
        if (found.some(({ level }) => level === "error")) return found;
        return [...found, ...(await checkHosts()), ...(await checkTokens(katello))];
      }),
    ]);
    return [...atPulp, ...atKatello];
  } finally {
    await close();
  }
}
