/**
 * A whole site on one machine: the gateway between the demo's Katello and a real Pulp with its own Apache, and in
 * front of it a real Apache or nginx with the packaged configuration, which clients reach over TLS.
 */
import { freePorts } from "../pulp/ports.ts";
import { type RealPulp, realPulp } from "../pulp/target.ts";
import { startApache } from "./apache.ts";
import { type Home, makeHome } from "./home.ts";
import { startNginx } from "./nginx.ts";
import { configuration, type Packaged } from "./packaging.ts";
import { type Site, type SiteOptions, settingsOf, startSite } from "./site.ts";

/** A site with a reverse proxy in front. */
export interface Door extends Site {
  readonly pulp: RealPulp;
  /** `host:port` of the reverse proxy, over TLS. */
  readonly host: string;
  /** Creates a home that trusts the reverse proxy, and is removed with the site. */
  makeHome(): Home;
}

/** Starts all of it but Pulp, which the whole run shares. */
export async function startDoor(
  options: SiteOptions = {},
  name: Packaged = "apache/apache2-debian.conf",
): Promise<Door> {
  const pulp = await realPulp();
  const port = await freePorts(1);
  const host = `localhost:${port}`;
  const site = await startSite({
    ...options,
    settings: {
      ...settingsOf(pulp),
      trusted_proxies: ["127.0.0.1"],
      client_endpoint: `https://${host}`,
      ...options.settings,
    },
  });
  const gateway = site.plain.replace("localhost", "127.0.0.1");
  const start = name.startsWith("nginx") ? startNginx : startApache;
  const front = await start(configuration(name, { port, gateway, pulp }), port).catch(
    async (error: unknown) => {
      await site.stop();
      throw error;
    },
  );
  const homes: Home[] = [];
  return {
    ...site,
    pulp,
    host,
    makeHome: () => {
      const home = makeHome({ authorities: [site.ca] });
      homes.push(home);
      return home;
    },
    stop: async () => {
      for (const home of homes) home.remove();
      await front.stop();
      await site.stop();
    },
  };
}
