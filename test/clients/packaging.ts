/** The files of `packaging/`, with a test's ports, names and certificates in place of their own. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RealPulp } from "../pulp/target.ts";
import { testFolder } from "../support/gateway.ts";

const PACKAGING = fileURLToPath(new URL("../../packaging/", import.meta.url));

/** The path of a file in `packaging/`. */
export const packagingPath = (name: string): string => `${PACKAGING}${name}`;

/** The text of a file with each key replaced by its value. @throws Error for a missing key */
function packaged(name: string, replacements: Readonly<Record<string, string>>): string {
  let text = readFileSync(packagingPath(name), "utf8").replace(/^#.*\n/gm, "");
  for (const [there, here] of Object.entries(replacements)) {
    if (!text.includes(there)) throw new Error(`${name} has no ${there}`);
    text = text.replaceAll(there, here);
  }
  return text;
}

/** The CAs of consumer certificates and of the gateway's certificate in one file, as Apache needs them. */
function clientAuthorities(pulp: RealPulp): string {
  const file = join(testFolder(), `client-authorities-${randomBytes(4).toString("hex")}.crt`);
  const parts = [join(testFolder(), "consumers.crt"), pulp.file("ca.crt")];
  writeFileSync(file, parts.map((part) => readFileSync(part, "utf8")).join("\n"));
  return file;
}

interface Written {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** Directives that name the CAs of clients and of Pulp. */
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

/** Values in each file that a test replaces. */
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

/** The packaged configurations. */
export type Packaged = keyof typeof PACKAGED;

interface Around {
  readonly port: number;
  /** `address:port` of the gateway. */
  readonly gateway: string;
  readonly pulp: RealPulp;
}

/** A packaged configuration for a given gateway and Pulp. */
export function configuration(name: Packaged, { port, gateway, pulp }: Around): string {
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
