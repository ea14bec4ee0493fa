/** Registers the gateway in Foreman: creates or updates its record, and refreshes the features. */
import type { Foreman } from "../upstreams/foreman/foreman.ts";

/** Record to create or update. */
export interface Registration {
  readonly name: string;
  readonly url: string;
}

/** The result of a registration. */
export interface Registered {
  readonly action: "created" | "updated" | "unchanged";
  readonly foremanVersion: string;
  readonly features: readonly string[];
  /** True if Katello will sync to the gateway. */
  readonly isFound: boolean;
  readonly text: string;
}

/** First version whose Katello finds a gateway on a record of its own. */
const MIN_OWN_RECORD_VERSION = 5;

const GATEWAY = "Container_Gateway";
const CONTENT = "Pulpcore";

/** Says whether Katello finds the gateway on a record with these features. */
function explain(foremanVersion: string, features: readonly string[]): Pick<Registered, "isFound" | "text"> {
  if (!features.includes(GATEWAY))
    return {
      isFound: false,
      text: `the record has no feature ${GATEWAY}: see that Foreman's certificate is in trusted_hosts, and the gateway's log`,
    };
  if (features.includes(CONTENT))
    return { isFound: true, text: `the record also has ${CONTENT}: every Katello finds the gateway` };
  if (Number.parseInt(foremanVersion, 10) >= MIN_OWN_RECORD_VERSION)
    return { isFound: true, text: "Katello finds the gateway on a record of its own, by its host name" };
  return {
    isFound: false,
    text: `the Katello of Foreman ${foremanVersion} looks on the record that has ${CONTENT} alone: use the façade (smart_proxy_url), and register its URL under the Smart Proxy's name`,
  };
}

/** @throws StartupError if Foreman refuses it */
export async function register(foreman: Foreman, { name, url }: Registration): Promise<Registered> {
  const foremanVersion = await foreman.version();
  const found = await foreman.find(name);
  const isSame = found?.url === url;
  const record =
    found === undefined
      ? await foreman.create(name, url)
      : isSame
        ? found
        : await foreman.update(found.id, url);
  const { features } = await foreman.refresh(record.id);
  const names = features.map((feature) => feature.name).sort();
  return {
    action: found === undefined ? "created" : isSame ? "unchanged" : "updated",
    foremanVersion,
    features: names,
    ...explain(foremanVersion, names),
  };
}
