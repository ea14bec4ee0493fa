/** `container-gateway demo`: a gateway with stand-ins for Katello and Pulp, which leaves nothing behind. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { stringify } from "yaml";
import { startGateway } from "../gateway.ts";
import { onStopSignal } from "../process/stop-signals.ts";
import { loadSettings } from "../settings/load.ts";
import { type DemoCertificates, makeCertificates } from "./certificates.ts";
import { startDemoKatello } from "./katello.ts";
import { startDemoPulp } from "./pulp.ts";
import { sendSync } from "./sync.ts";
import { DEMO_ADMINISTRATOR, DEMO_HOSTS, DEMO_SYNC, DEMO_USERS } from "./world.ts";

/** Resolves to the port, or to 0 (any free one) if it is in use. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(0));
    probe.listen(wanted, "127.0.0.1", () => probe.close(() => resolve(wanted)));
  });
}

async function writeCertificates(folder: string, certificates: DemoCertificates): Promise<void> {
  const { ca, consumers, server, gateway, foreman, host } = certificates;
  // A folder with the CA only, because podman presents other certificates in it as client certificates.
  await mkdir(join(folder, "trust"));
  await writeFile(join(folder, "trust", "ca.crt"), ca);
  await writeFile(join(folder, "consumers.crt"), consumers);
  for (const [name, { cert, key }] of Object.entries({ server, gateway, foreman, host })) {
    await writeFile(join(folder, `${name}.crt`), cert);
    await writeFile(join(folder, `${name}.key`), key, { mode: 0o600 });
  }
}

function instructions(folder: string, https: string, http: string, admin: string): string {
  const tls = `localhost:${new URL(https).port}`;
  const plain = `localhost:${new URL(http).port}`;
  const trust = join(folder, "trust");
  return `
The gateway is running. Users: alice (password secret), bob (password hunter2).

  A public image, without login:
    podman pull --cert-dir ${trust} ${tls}/org/public-app:latest
    docker pull ${plain}/org/public-app:latest

  A private image:
    podman login --cert-dir ${trust} -u alice -p secret ${tls}
    podman pull --cert-dir ${trust} ${tls}/org/private-app:latest

  Refused, because alice has no grant:
    podman pull --cert-dir ${trust} ${tls}/org/other-app:latest

  Looking around:
    skopeo list-tags --cert-dir ${trust} docker://${tls}/org/private-app
    skopeo inspect --tls-verify=false docker://${plain}/org/public-app:latest

  With curl:
    TOKEN=$(curl -s -u alice:secret http://${plain}/v2/token | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
    curl -H "Authorization: Bearer $TOKEN" http://${plain}/v2/_catalog
    curl --cacert ${join(trust, "ca.crt")} https://${tls}/readyz

  What a registered host sees, by its certificate:
    curl --cacert ${join(trust, "ca.crt")} --cert ${join(folder, "host.crt")} --key ${join(folder, "host.key")} https://${tls}/v2/_catalog

  What Katello sees:
    curl --cacert ${join(trust, "ca.crt")} --cert ${join(folder, "foreman.crt")} --key ${join(folder, "foreman.key")} https://${tls}/container_gateway/users

  The status page:  ${admin}/ui/ (login admin, password changeme)
  The API:          http://${plain}/docs/
  The settings:     ${join(folder, "settings.yml")}

Ctrl-C ends it and leaves nothing behind.
`;
}

/** Runs until SIGINT, SIGTERM or SIGHUP, or until its output is closed. */
export async function demo(): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) onStopSignal(signal, resolve);
    // `npm run demo | head`: an unhandled error would end the process without cleaning up.
    process.stdout.on("error", resolve);
  });
  const folder = await mkdtemp(join(tmpdir(), "container-gateway-demo-"));
  await chmod(folder, 0o755); // PostgreSQL may have to run as another account
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const certificates = await makeCertificates();
    await writeCertificates(folder, certificates);
    const { ca, server, foreman } = certificates;
    const katello = await startDemoKatello({
      tls: { ca, server },
      port: await freePort(9445),
      users: { ...DEMO_USERS, ...DEMO_ADMINISTRATOR },
      hosts: DEMO_HOSTS,
      unauthenticated: ["org/public-app"],
    });
    closers.push(() => katello.close());
    const pulp = await startDemoPulp({ tls: { ca, ...server }, port: await freePort(9444) });
    closers.push(() => pulp.close());
    const config = join(folder, "settings.yml");
    const inFolder = (name: string) => join(folder, name);
    await writeFile(
      config,
      stringify({
        listen: [`https://127.0.0.1:${await freePort(9443)}`, `http://127.0.0.1:${await freePort(9080)}`],
        admin_listen: [`unix:${inFolder("admin.sock")}`, `http://127.0.0.1:${await freePort(9446)}`],
        ssl_certificate: inFolder("server.crt"),
        ssl_private_key: inFolder("server.key"),
        ssl_ca_file: inFolder("trust/ca.crt"),
        rhsm_ca_file: inFolder("consumers.crt"),
        trusted_hosts: ["foreman.example.org"],
        foreman_url: katello.origin,
        foreman_ssl_ca: inFolder("trust/ca.crt"),
        foreman_ssl_cert: inFolder("gateway.crt"),
        foreman_ssl_key: inFolder("gateway.key"),
        pulp_endpoint: pulp.origin,
        client_endpoint: pulp.origin,
        data_dir: inFolder("data"),
        log_level: "warn",
      }),
    );
    const gateway = await startGateway(loadSettings(config, {}), pino({ level: "warn" }));
    closers.push(() => gateway.stop());
    const [https, http] = gateway.addresses;
    const admin = gateway.admin.find(({ transport }) => transport === "http");
    if (https === undefined || http === undefined || admin === undefined)
      throw new Error("the gateway has no addresses");
    await sendSync({ baseUrl: https.url, tls: { ca, ...foreman }, ...DEMO_SYNC });
    process.stdout.write(instructions(folder, https.url, http.url, admin.url));
    await ended;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}
