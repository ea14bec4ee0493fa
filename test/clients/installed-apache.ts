/** The Apache of a Smart Proxy in front of the gateway: what its virtual host sends, in words of our own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RealPulp } from "../pulp/target.ts";
import { pem, testFolder } from "../support/gateway.ts";

/** How the Smart Proxy was installed. Its Apache shows the gateway a client certificate, or none. */
export type Installer = "foreman-installer" | "foremanctl";

/** What the virtual host stands between. */
export interface AroundInstalled {
  readonly installer: Installer;
  readonly port: number;
  /** `host:port` of the gateway over TLS. */
  readonly gateway: string;
  readonly pulp: RealPulp;
  /** The file of the CA that signs the hosts' certificates. */
  readonly hostsCa: string;
}

/** The client certificate of the Smart Proxy with its key, in one file. */
function bundle(): string {
  const file = join(testFolder(), "installed-apache-bundle.pem");
  writeFileSync(file, `${pem("gateway.crt")}\n${pem("gateway.key")}`);
  return file;
}

/**
 * The virtual host: it leads three prefixes to the gateway's own prefix, keeps its own address in `Host`, sends no scheme,
 * and puts each client's certificate in the header, `(null)` without one.
 */
export function installedApache({ installer, port, gateway, pulp, hostsCa }: AroundInstalled): string {
  const inFolder = (file: string) => join(testFolder(), file);
  const target = `https://${gateway}`;
  const shown = [
    "ProxyVia On",
    `<Proxy "${target}/">`,
    `SSLProxyMachineCertificateFile ${bundle()}`,
    "</Proxy>",
  ];
  return [
    `Listen 127.0.0.1:${port} https`,
    `<VirtualHost 127.0.0.1:${port}>`,
    "ServerName localhost",
    "SSLEngine on",
    `SSLCertificateFile ${inFolder("server.crt")}`,
    `SSLCertificateKeyFile ${inFolder("server.key")}`,
    `SSLCACertificateFile ${hostsCa}`,
    "SSLVerifyClient optional",
    "SSLVerifyDepth 3",
    'RequestHeader set X_RHSM_SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"',
    "SSLProxyEngine on",
    ...(installer === "foreman-installer" ? shown : []),
    "ProxyPreserveHost Off",
    ...["v1", "v2", "index"].flatMap((prefix) => [
      `ProxyPass /${prefix}/ ${target}/container_gateway/${prefix}/`,
      `ProxyPassReverse /${prefix}/ ${target}/container_gateway/${prefix}/`,
    ]),
    `ProxyPass /pulp/container/ ${pulp.origin}/pulp/container/`,
    "</VirtualHost>",
    "",
  ].join("\n");
}
