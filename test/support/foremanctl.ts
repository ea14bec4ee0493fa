/** A machine as foremanctl sets it up: quadlet, certificates, and a stand-in of podman with the secrets. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "./folder.ts";

/** Version of podman to imitate: before 4.7 `secret inspect` had no option for the content. */
type PodmanVersion = "4.6" | "5.4";

/** Options of the machine. */
export interface MachineOptions {
  readonly folder: string;
  readonly hostName: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly podman?: PodmanVersion;
}

/** Files of the settings in the container, and the certificates of the tests that stand at foremanctl's paths. */
const CERTIFICATES = (host: string) =>
  [
    ["certs/ca.crt", "ca.crt"],
    ["certs/server-ca.crt", "ca.crt"],
    [`certs/${host}.crt`, "server.crt"],
    [`private/${host}.key`, "server.key"],
    [`certs/${host}-client.crt`, "gateway.crt"],
    [`private/${host}-client.key`, "gateway.key"],
  ] as const;

/** Podman's commands for secrets, each a file; `exec` runs the command on this machine. */
const script = (folder: string, version: PodmanVersion) => `#!/bin/sh
cd ${folder}/secrets || exit 125
case "$1 $2" in
  "secret inspect")
    if [ "$3" = --showsecret ]; then
      [ ${version} = 4.6 ] && { echo "Error: unknown flag: --showsecret" >&2; exit 125; }
      [ "$4 $5" = "--format {{.SecretData}}" ] || exit 125
      exec cat "$6"
    fi
    [ -e "$3" ] || { echo "Error: no secret with name or id $3" >&2; exit 1; }
    printf '{"id-%s":"%s"}' "$3" "$(base64 -w0 "$3")" > ${folder}/secretsdata.json
    printf '[{"ID":"id-%s","Spec":{"Name":"%s","Driver":{"Name":"file","Options":{"path":"${folder}"}}}}]' "$3" "$3" ;;
  "secret create") [ "$3 $5" = "--replace -" ] && cat > "$4.new" && mv "$4.new" "$4" ;;
  "exec --interactive") shift 5; exec "$@" ;;
  *) exit 125 ;;
esac
`;

/** Settings of the Smart Proxy as foremanctl writes them. */
export const smartProxySecret = (foremanUrl: string, trusted: readonly string[]) => `
:settings_directory: /etc/foreman-proxy/settings.d

:foreman_url: ${foremanUrl}
:trusted_hosts:
${trusted.map((name) => `  - ${name}`).join("\n")}

:https_port: 8443
:ssl_ca_file: /etc/foreman-proxy/ssl_ca.pem
:ssl_certificate: /etc/foreman-proxy/ssl_cert.pem
:ssl_private_key: /etc/foreman-proxy/ssl_key.pem

:foreman_ssl_ca: /etc/foreman-proxy/foreman_ssl_ca.pem
:foreman_ssl_cert: /etc/foreman-proxy/foreman_ssl_cert.pem
:foreman_ssl_key: /etc/foreman-proxy/foreman_ssl_key.pem

:bind_host: '*'
:log_level: INFO
:log_file: JOURNAL
`;

/** Settings of the plugin as foremanctl writes them. */
export const pluginSecret = (pulp: string, database: string) =>
  `---\n:enabled: true\n:pulp_endpoint: ${pulp}\n:db_connection_string: ${database}\n`;

/** Makes the machine, and returns its folders and its podman. */
export function makeMachine({ folder, hostName, secrets, podman = "5.4" }: MachineOptions) {
  const paths = {
    quadlets: join(folder, "quadlets"),
    certificates: join(folder, "certificates"),
    podman: join(folder, "podman"),
  };
  for (const path of [paths.quadlets, join(folder, "secrets")]) mkdirSync(path, { recursive: true });
  for (const name of ["certs", "private"]) mkdirSync(join(paths.certificates, name), { recursive: true });
  writeFileSync(join(paths.quadlets, "foreman-proxy.container"), "[Container]\n");
  for (const [to, from] of CERTIFICATES(hostName))
    cpSync(join(testFolder(), from), join(paths.certificates, to));
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, "secrets", name), text);
  writeFileSync(paths.podman, script(folder, podman), { mode: 0o755 });
  return paths;
}
