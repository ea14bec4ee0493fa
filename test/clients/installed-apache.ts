/** The Apache of a Smart Proxy in front of the gateway, with a virtual host that is equivalent to the installers'. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RealPulp } from "../pulp/target.ts";
import { pem, testFolder } from "../support/gateway.ts";

/** The installer of the Smart Proxy. Its Apache presents a client certificate to the gateway, or none. */
export type Installer = "foreman-installer" | "foremanctl";

/** The addresses around the virtual host. */
export interface AroundInstalled {
  readonly installer: Installer;
  readonly port: number;
  /** `host:port` of the gateway over TLS. */
  readonly gateway: string;
  readonly pulp: Pick<RealPulp, "origin">;
  /** File of the CA of the hosts' certificates. */
  readonly hostsCa: string;
}

/** The client certificate of the Smart Proxy with its key, in one file. */
function bundle(): string {
  const file = join(testFolder(), "installed-apache-bundle.pem");
  writeFileSync(file, `${pem("gateway.crt")}\n${pem("gateway.key")}`);
  return file;
}

/**
 * The virtual host: it routes three prefixes to the gateway's own prefix, keeps its own address in `Host`, sends no scheme,
 * and puts each client certificate into the header, `(null)` without one.
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
