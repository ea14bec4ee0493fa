/** Programs of a Smart Proxy's machine that don't run here: each does to the files what the real one does. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLI } from "../site.ts";

/** Parts of the machine that the programs change. */
export interface StandInOptions {
  /** Folder on PATH. */
  readonly folder: string;
  readonly hostName: string;
  /** Account of the gateway. */
  readonly account: string;
  /** Apache's main configuration, and the virtual host with the port 9090, which the installer writes. */
  readonly apache: { readonly configuration: string; readonly program: string };
  readonly virtualHost: string;
  readonly virtualHostTemplate: string;
  readonly pluginSettings: string;
}

const HIERA = "/etc/foreman-installer/custom-hiera.yaml";
const LISTENING = "database ready";

/** Writes the virtual host and the plugin's settings again at each run, and the URL of the record. */
const installer = (options: StandInOptions): string => `
url=$(echo "$*" | sed -n 's/.*--foreman-proxy-registered-proxy-url \\([^ ]*\\).*/\\1/p')
sed "s|https://${options.hostName}:9090|$url|" ${options.virtualHostTemplate} > ${options.virtualHost}
enabled=https
grep -qs 'container_gateway::enabled: false' ${HIERA} && enabled=false
sed -i "s/^:enabled: .*/:enabled: $enabled/" ${options.pluginSettings}
curl -s -o /dev/null --cacert /etc/foreman-proxy/ssl_ca.pem -u admin:changeme -X PUT -H 'Content-Type: application/json' \\
  -d "{\\"smart_proxy\\": {\\"url\\": \\"$url\\"}}" https://foreman.example.org/api/v2/smart_proxies/1
${options.apache.program} -f ${options.apache.configuration} -k graceful
echo "  Success!"`;

/** Starts and stops the gateway's service as its unit does. */
const systemctl = ({ folder, account, apache }: StandInOptions): string => `
case "$*" in
  "enable --now container-gateway" | "start container-gateway.service")
    install -d -o ${account} -m 750 /run/container-gateway
    setsid runuser -u ${account} -- ${process.execPath} ${CLI} serve > ${folder}/gateway.log 2>&1 < /dev/null &
    echo $! > ${folder}/gateway.pid
    for _ in $(seq 300); do
      grep -q '${LISTENING}' ${folder}/gateway.log && exit 0
      kill -0 $! 2> /dev/null || break
      sleep .1
    done
    cat ${folder}/gateway.log >&2; exit 1 ;;
  "disable --now container-gateway" | "stop container-gateway"*" container-gateway.service"*)
    pid=$(cat ${folder}/gateway.pid)
    kill -TERM "$pid"
    # Nobody may reap it here: a zombie has no command line.
    while [ -n "$(tr -d '\\0' < "/proc/$pid/cmdline" 2> /dev/null)" ]; do sleep .1; done ;;
  "reload httpd") exec ${apache.program} -f ${apache.configuration} -k graceful ;;
  "restart foreman-proxy") ;;
  *) exit 1 ;;
esac`;

const FIREWALL = `
case "$1" in
  --permanent) echo "$2" >> /etc/firewall-ports; echo success ;;
  --reload) echo success ;;
  --query-port=*) grep -qx -- "--add-port=\${1#*=}" /etc/firewall-ports 2> /dev/null ;;
esac`;

/** Writes all of them into the folder. */
export function writeStandIns(options: StandInOptions): void {
  const scripts = {
    "foreman-installer": installer(options),
    systemctl: systemctl(options),
    "firewall-cmd": FIREWALL,
    setfacl: `shift; account=$(echo "$1" | cut -d: -f2); shift; chgrp "$account" "$@"; chmod g+r "$@"`,
    hammer: "exit 0",
    // The operator confirms each step.
    "container-gateway": `cmd=$1; shift; [ "$cmd" = adopt ] && set -- --yes "$@"; exec ${process.execPath} ${CLI} "$cmd" "$@"`,
  };
  for (const [name, script] of Object.entries(scripts))
    writeFileSync(join(options.folder, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
}
