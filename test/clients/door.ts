/**
 * The whole of it on one machine: the gateway between the demo's Katello and a real Pulp behind its own Apache, and in
 * front of it a real Apache with the packaged virtual host, where clients come in over TLS.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../pulp/ports.ts";
import { type RealPulp, realPulp } from "../pulp/target.ts";
import { testFolder } from "../support/gateway.ts";
import { startApache } from "./apache.ts";
import { type Home, makeHome } from "./home.ts";
import { packaged, packagingPath } from "./packaging.ts";
import { type Site, type SiteOptions, settingsOf, startSite } from "./site.ts";

/** The packaged virtual hosts. */
export type VirtualHost = "apache/httpd-el.conf" | "apache/apache2-debian.conf";

/** A site with an Apache in front. */
export interface Door extends Site {
  readonly pulp: RealPulp;
  /** `host:port` of Apache, over TLS. */
  readonly host: string;
  /** Homes trust Apache. They go with the door. */
  makeHome(): Home;
}

/** The authorities of consumer certificates and of the gateway's own certificate, in one file, as Apache wants it. */
function clientAuthorities(pulp: RealPulp): string {
  const file = join(testFolder(), "client-authorities.crt");
  const parts = [join(testFolder(), "consumers.crt"), pulp.file("ca.crt")];
  writeFileSync(file, parts.map((part) => readFileSync(part, "utf8")).join("\n"));
  return file;
}

/** The packaged virtual host, led to a gateway and a Pulp. */
export function virtualHost(
  name: VirtualHost,
  { port, gateway, pulp }: { port: number; gateway: string; pulp: RealPulp },
): string {
  const inFolder = (file: string) => join(testFolder(), file);
  const el = name === "apache/httpd-el.conf";
  const certificate = el
    ? ["/etc/pki/katello/certs/katello-apache.crt", "/etc/pki/katello/private/katello-apache.key"]
    : ["/etc/ssl/certs/container-gateway.pem", "/etc/ssl/private/container-gateway.key"];
  const authority = el
    ? "/etc/pki/katello/certs/katello-default-ca.crt"
    : "/etc/ssl/certs/katello-default-ca.pem";
  return packaged(name, {
    [`SSLCACertificateFile ${authority}`]: `SSLCACertificateFile ${clientAuthorities(pulp)}`,
    [`SSLProxyCACertificateFile ${authority}`]: `SSLProxyCACertificateFile ${pulp.file("ca.crt")}`,
    [certificate[0] ?? ""]: inFolder("server.crt"),
    [certificate[1] ?? ""]: inFolder("server.key"),
    "Define CONTAINER_GATEWAY_NAME proxy.example.org": "Define CONTAINER_GATEWAY_NAME gateway.example.org",
    "proxy.example.org": "localhost",
    "Listen 8443": `Listen 127.0.0.1:${port}`,
    "*:8443": `127.0.0.1:${port}`,
    "http://127.0.0.1:9080": `http://${gateway}`,
    "https://pulp.example.org": pulp.origin,
    [el ? "/etc/httpd/conf.d/container-gateway.inc" : "/etc/apache2/container-gateway.inc"]: packagingPath(
      "apache/container-gateway.conf",
    ),
    ...(el ? { "/var/log/httpd": `\${APACHE_LOG_DIR}` } : {}),
  });
}

/** Starts it all but Pulp, which the whole run shares. */
export async function startDoor(
  options: SiteOptions = {},
  name: VirtualHost = "apache/apache2-debian.conf",
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
  const apache = await startApache(virtualHost(name, { port, gateway, pulp }), port).catch(
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
      await apache.stop();
      await site.stop();
    },
  };
}
