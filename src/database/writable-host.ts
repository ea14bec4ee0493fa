/** The host to connect to: of several in a connection URL the one that accepts writes. */
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, errorText } from "../model/error-text.ts";
import { hostText, hostUrls, withDatabase } from "../settings/connection-string.ts";
import { withClient } from "./client.ts";
import { withEncryption } from "./encryption.ts";
import { isStartingUp, NoWritableHost } from "./errors.ts";

/** Time within which a host must have replied, at startup and in commands. */
const PROBE_TIMEOUT_MS = 5_000;
/** Time for which hosts that are named before the first one to reply may still reply. */
const HEAD_START_MS = 100;

/** A host that replies, but to which a gateway can't write. */
class ReadOnlyHost extends Error {}

const WRITABLE =
  "SELECT NOT (pg_is_in_recovery() OR current_setting('transaction_read_only')::bool) AS writable";

/** Asks a server whether it accepts writes. The database may be missing: the gateway creates it. */
async function isWritable(url: string, timeoutMs: number): Promise<boolean> {
  const ask = (target: string) =>
    withClient(
      target,
      async (client) => (await client.query<{ writable: boolean }>(WRITABLE)).rows[0]?.writable === true,
      timeoutMs,
    );
  try {
    return await ask(url);
  } catch (error) {
    if (errorCode(error) !== "3D000") throw error;
    return ask(withDatabase(url, "postgres"));
  }
}

/** Resolves to the URL to connect with. @throws Error if the host can't be reached, ReadOnlyHost if it accepts no writes */
async function probe(url: string, timeoutMs: number): Promise<string> {
  const target = await withEncryption(url);
  if (await isWritable(target, timeoutMs)) return target;
  throw new ReadOnlyHost("is a read-only standby");
}

/** State of the hosts, in their order. */
interface Found {
  readonly host: string;
  url?: string;
  error?: unknown;
}

/** Error for hosts of which none accepts writes. That of a single kind, such as a wrong password, says more. */
function failure(found: readonly Found[]): Error {
  const isPermanent = ({ error }: Found) =>
    error !== undefined && !(error instanceof ReadOnlyHost) && !isStartingUp(error);
  const [first] = found;
  if (first?.error instanceof Error && found.every(isPermanent)) return first.error;
  const reasons = found.map(({ host, error }) => {
    const reason = error === undefined ? "no reply in time" : errorText(error).replaceAll(": ", " - ");
    return `${host} ${reason}`;
  });
  return new NoWritableHost(
    `none of the hosts accepts writes (${reasons.join("; ")}): promote a standby, or correct the hosts in the connection string`,
  );
}

/** @throws NoWritableHost, or the error of all hosts */
async function choose(urls: readonly string[], timeoutMs: number): Promise<string> {
  const found: Found[] = urls.map((url) => ({ host: hostText(url) }));
  const probes = urls.map(async (url, index) => {
    const one = found[index];
    try {
      const target = await probe(url, timeoutMs);
      if (one !== undefined) one.url = target;
      return index;
    } catch (error) {
      if (one !== undefined) one.error = error;
      throw error;
    }
  });
  const deadline = sleep(timeoutMs, undefined, { ref: false });
  const winner = await Promise.race([Promise.any(probes), deadline]).catch(() => undefined);
  if (winner === undefined) throw failure(found);
  const earlier = probes.slice(0, winner).map((one) => one.catch(() => undefined));
  await Promise.race([Promise.all(earlier), sleep(HEAD_START_MS, undefined, { ref: false })]);
  const [first] = found.flatMap(({ url }) => url ?? []);
  if (first === undefined) throw failure(found);
  return first;
}

/**
 * Resolves to the URL to connect with, which has TLS as libpq would use it. Of several hosts it is the first that accepts
 * writes: all are asked at the same time, because one that has failed may not reply at all.
 * @param text a plain libpq URL
 * @throws NoWritableHost if none accepts writes at the moment
 */
export async function locate(text: string, timeoutMs = PROBE_TIMEOUT_MS): Promise<string> {
  const urls = hostUrls(text);
  return urls.length === 1 ? withEncryption(text) : choose(urls, timeoutMs);
}
