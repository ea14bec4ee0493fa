/** Checks the upstreams. */
import type { Settings } from "../settings/keys.ts";
import { openUpstreams } from "../upstreams/index.ts";
import type { Result } from "./finding.ts";
import { checkKatello } from "./katello.ts";
import { checkPulp } from "./pulp.ts";

/** Checks Pulp and Katello at the same time. */
export async function checkUpstreams(settings: Settings): Promise<Result[]> {
  const { pulp, katello, close } = openUpstreams(settings, () => undefined);
  try {
    return (await Promise.all([checkPulp(settings, pulp), checkKatello(settings, katello)])).flat();
  } finally {
    await close();
  }
}
