/**
 * The whole of it on one machine: the gateway between the demo's Katello and a real Pulp behind its own Apache, and in
 * front of it a real Apache or nginx with the packaged configuration, where clients come in over TLS.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../pulp/ports.ts";
import { type RealPulp, realPulp } from "../pulp/target.ts";
import { testFolder } from "../support/gateway.ts";
import { startApache } from "./apache.ts";
import { type Home, makeHome } from "./home.ts";
import { startNginx } from "./nginx.ts";
import { packaged, packagingPath } from "./packaging.ts";
import { type Site, type SiteOptions, settingsOf, startSite } from "./site.ts";

/** The packaged configurations. */
export type Packaged = keyof typeof PACKAGED;

/** A site with a proxy in front. */
export interface Door extends Site {
  readonly pulp: RealPulp;
  /** `host:port` of the proxy, over TLS. */
  readonly host: string;
  /** Homes trust the proxy. They go with the door. */
  makeHome(): Home;
}

/** The authorities of consumer certificates and of the gateway's own certificate, in one file, as Apache wants it. */
function clientAuthorities(pulp: RealPulp): string {
  const file = join(testFolder(), "client-authorities.crt");
  const parts = [join(testFolder(), "consumers.crt"), pulp.file("ca.crt")];
  writeFileSync(file, parts.map((part) => readFileSync(part, "utf8")).join("\n"));
  return file;
}

interface Written {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** How the authorities of clients and of Pulp are named. */
  readonly forClients: string;
  readonly forPulp: string;
  readonly listen: string;
  readonly here: (port: number) => Readonly<Record<string, string>>;
}

const debian = {
  certificate: "/etc/ssl/certs/container-gateway.pem",
  key: "/etc/ssl/private/container-gateway.key",
  authority: "/etc/ssl/certs/katello-default-ca.pem",
};
const apache = {
  forClients: "SSLCACertificateFile",
  forPulp: "SSLProxyCACertificateFile",
  listen: "Listen 8443",
};
const fragment = packagingPath("apache/container-gateway.conf");
const named = {
  "Define CONTAINER_GATEWAY_NAME proxy.example.org": "Define CONTAINER_GATEWAY_NAME gateway.example.org",
};

/** What is written in them, where a test has something else. */
const PACKAGED = {
  "apache/apache2-debian.conf": {
    ...debian,
    ...apache,
    here: (port) => ({
      ...named,
      "*:8443": `127.0.0.1:${port}`,
      "/etc/apache2/container-gateway.inc": fragment,
    }),
  },
  "apache/httpd-el.conf": {
    certificate: "/etc/pki/katello/certs/katello-apache.crt",
    key: "/etc/pki/katello/private/katello-apache.key",
    authority: "/etc/pki/katello/certs/katello-default-ca.crt",
    ...apache,
    here: (port) => ({
      ...named,
      "*:8443": `127.0.0.1:${port}`,
      "/etc/httpd/conf.d/container-gateway.inc": fragment,
      "/var/log/httpd": `\${APACHE_LOG_DIR}`,
    }),
  },
  "nginx/container-gateway.conf": {
    ...debian,
    forClients: "ssl_client_certificate",
    forPulp: "proxy_ssl_trusted_certificate",
    listen: "listen 8443",
    here: () => ({ "Host pulp.example.org": "Host $proxy_host", "name pulp.example.org": "name localhost" }),
  },
} as const satisfies Readonly<Record<string, Written>>;

interface Around {
  readonly port: number;
  /** `address:port` of the gateway. */
  readonly gateway: string;
  readonly pulp: RealPulp;
}

/** A packaged configuration, led to a gateway and a Pulp. */
function configuration(name: Packaged, { port, gateway, pulp }: Around): string {
  const inFolder = (file: string) => join(testFolder(), file);
  const { certificate, key, authority, forClients, forPulp, listen, here }: Written = PACKAGED[name];
  return packaged(name, {
    ...here(port),
    [`${forClients} ${authority}`]: `${forClients} ${clientAuthorities(pulp)}`,
    [`${forPulp} ${authority}`]: `${forPulp} ${pulp.file("ca.crt")}`,
    [certificate]: inFolder("server.crt"),
    [key]: inFolder("server.key"),
    "proxy.example.org": "localhost",
    [listen]: listen.replace("8443", `127.0.0.1:${port}`),
    "127.0.0.1:9080": gateway,
    "https://pulp.example.org": pulp.origin,
  });
}

/** Starts it all but Pulp, which the whole run shares. */
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
