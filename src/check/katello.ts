/** Checks Katello, as the gateway uses it, and compares Foreman's clock. */
import { ACCEPTS_ANY_TOKEN } from "../auth/katello-token-check.ts";
import type { Settings } from "../settings/keys.ts";
import type { Katello } from "../upstreams/katello/katello.ts";
import type { ProbeReply } from "../upstreams/reply.ts";
import { attempt, reach } from "./attempts.ts";
import { type System, subjectFor } from "./connections.ts";
import { error, ok, type Result, warning } from "./finding.ts";

/** Difference to Foreman's clock from which on it is reported. */
const MAX_SKEW_MS = 60_000;

const CLIENT_CERTIFICATE =
  "name a client certificate that it accepts, usually the Smart Proxy's own, in foreman_ssl_cert and foreman_ssl_key";

/** Test requests to Katello. */
type ProbedKatello = Pick<Katello, "probe" | "probeHosts" | "acceptsAnything">;

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
  if (settings.foreman_ssl_cert === undefined)
    return [
      warning(
        "foreman_ssl_cert",
        subject,
        "Katello tells nobody without a client certificate what hosts may pull: foreman_ssl_cert is not set",
        CLIENT_CERTIFICATE,
      ),
    ];
  if (status === 200) return [ok("foreman_ssl_cert", subject, "Katello accepts the gateway's certificate")];
  return [
    error(
      "foreman_ssl_cert",
      subject,
      `it replies ${status}: it does not accept the certificate of foreman_ssl_cert`,
      CLIENT_CERTIFICATE,
    ),
  ];
}

async function checkTokens(katello: ProbedKatello): Promise<Result[]> {
  const subject = "Katello's token check";
  const refuses = ok("token_recheck", subject, "Katello refuses unknown tokens");
  // A Katello that can't be queried has been reported already.
  const isOpen = await katello.acceptsAnything().catch(() => false);
  if (!isOpen) return [refuses];
  const [text = "", ...advice] = ACCEPTS_ANY_TOKEN.split(". ");
  return [error("token_recheck", subject, text, advice.join(". "))];
}

/** Checks Katello. */
export function checkKatello(settings: Settings, katello: ProbedKatello): Promise<Result[]> {
  const system: System = {
    name: "Katello",
    url: settings.foreman_url,
    settings: {
      url: "foreman_url",
      ca: "foreman_ssl_ca",
      cert: "foreman_ssl_cert",
      timeout: "foreman_timeout",
    },
  };
  // Requests about users are sent without the client certificate.
  const tls = { ca: settings.foreman_ssl_ca?.text, cert: undefined, key: undefined };
  return reach(system, tls, settings.connect_timeout * 1000, async () => {
    const found = await attempt(
      system,
      () => katello.probe(),
      (reply) => judgeKatello(system, settings, reply),
    );
    if (found.some(({ level }) => level === "error")) return found;
    const hosts = await attempt(
      system,
      () => katello.probeHosts(),
      (reply) => judgeHosts(system, settings, reply),
    );
    return [...found, ...hosts, ...(await checkTokens(katello))];
  });
}
