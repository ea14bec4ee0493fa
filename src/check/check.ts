/** Checks settings, files, certificates, listeners and connections of a gateway. Changes nothing. */
import type { Settings } from "../settings/keys.ts";
import type { ReadSettings } from "../settings/load.ts";
import { checkCallers } from "./callers.ts";
import { checkCertificates } from "./certificates.ts";
import { checkDatabase as checkOwnDatabase } from "./database.ts";
import { checkFiles } from "./files.ts";
import type { Finding, PlaceOf, Result } from "./finding.ts";
import { checkListeners } from "./listeners.ts";
import { findingsOfProblems } from "./problems.ts";
import { checkReverseProxies } from "./reverse-proxies.ts";
import { checkSecrets } from "./secrets.ts";
import { checkSmartProxy } from "./smart-proxy.ts";
import { checkUpstreams } from "./upstreams.ts";

/** Options of a check. */
export interface CheckOptions {
  /** Checks the database; by default as the gateway would use it. */
  readonly checkDatabase?: (settings: Settings) => Promise<Result[]>;
}

/** Checks everything that valid settings name. */
async function checkAll(
  settings: Settings,
  placeOf: PlaceOf,
  { checkDatabase = checkOwnDatabase }: CheckOptions,
): Promise<Result[]> {
  const [secrets, files, listeners, database, upstreams, smartProxy] = await Promise.all([
    checkSecrets(settings, placeOf),
    checkFiles(settings),
    checkListeners(settings),
    checkDatabase(settings),
    checkUpstreams(settings),
    checkSmartProxy(settings),
  ]);
  return [
    ...checkCertificates(settings),
    ...secrets,
    ...files,
    ...checkCallers(settings),
    ...checkReverseProxies(settings),
    ...listeners,
    ...database,
    ...upstreams,
    ...smartProxy,
  ];
}

/** Checks a gateway. Settings that can't be used are the only findings: nothing else can be checked with them. */
export async function check(
  { settings, problems, placeOf }: ReadSettings,
  options: CheckOptions = {},
): Promise<Finding[]> {
  if (settings === undefined) return findingsOfProblems(problems);
  const results = await checkAll(settings, placeOf, options);
  return results.map((result) => ({ ...result, place: placeOf(result.setting) }));
}
