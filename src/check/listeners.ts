/** Checks the addresses that the gateway listens on, and the kernel's limit on waiting connections. */
import { lstat, readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { AddressSet } from "../connection/address-set.ts";
import { isGatewayAt } from "../http/occupant.ts";
import { errorCode } from "../model/error-text.ts";
import type { Settings } from "../settings/keys.ts";
import { type Listen, listenText } from "../settings/listen-address.ts";
import { reasonOf } from "./files.ts";
import { error, ok, type Result, warning } from "./finding.ts";

/** Linux's limit on the backlog of a listener. */
const SOMAXCONN = "/proc/sys/net/core/somaxconn";
/** Folder that exists while systemd runs the service, its `RuntimeDirectory`. */
const RUNTIME_FOLDER = "/run/container-gateway";
const CONNECT_TIMEOUT_MS = 2_000;

/** Setting of an address. */
type ListenSetting = "listen" | "facade_listen" | "admin_listen" | "metrics_listen";

/** An address to check. */
interface Checked<Where = Listen> {
  readonly setting: ListenSetting;
  readonly where: Where;
  /** The setting `proxy_protocol_from`. */
  readonly balancers: readonly string[];
}

/** Tries to listen; resolves to the code of the error, which is empty if it works. */
function tryToListen(address: { readonly host: string; readonly port: number }): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().once("error", (cause) => resolve(errorCode(cause)));
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve("")));
  });
}

/** Resolves to true if a program accepts connections on a unix socket. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: CONNECT_TIMEOUT_MS });
    const end = (served: boolean) => {
      socket.destroy();
      resolve(served);
    };
    socket.once("connect", () => end(true));
    for (const event of ["error", "timeout"]) socket.once(event, () => end(false));
  });
}

/** Returns what differs between the listeners in a request for the version. */
const occupantOptions = (setting: ListenSetting, balancers: readonly string[]) => ({
  path: setting === "facade_listen" ? ("/container_gateway/version" as const) : ("/version" as const),
  balancers: new AddressSet(setting === "listen" || setting === "facade_listen" ? balancers : []),
});

async function checkInUse({ setting, where, balancers }: Checked): Promise<Result> {
  const text = listenText(where);
  const subject = `${setting} ${text}`;
  if (await isGatewayAt(where, occupantOptions(setting, balancers)))
    return ok(setting, subject, "in use by a gateway, which seems to be this one: it is running");
  const port = "port" in where ? where.port : undefined;
  return error(
    setting,
    subject,
    "in use by another program",
    port === undefined
      ? `stop the program that listens on ${text}, or choose another path in ${setting}`
      : `see \`ss -ltnp 'sport = :${port}'\`: stop that program, or choose another port in ${setting}`,
  );
}

async function checkPort(checked: Checked<Extract<Listen, { readonly host: string }>>): Promise<Result> {
  const { setting, where } = checked;
  const subject = `${setting} ${listenText(where)}`;
  const code = await tryToListen(where);
  switch (code) {
    case "":
      return ok(setting, subject, "is free");
    case "EADDRINUSE":
      return checkInUse(checked);
    case "EACCES":
      return error(
        setting,
        subject,
        `the account that runs this command may not listen on port ${where.port}`,
        `choose a port of 1024 or above in ${setting}, or add AmbientCapabilities=CAP_NET_BIND_SERVICE to the service`,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return error(
        setting,
        subject,
        `the name ${where.host} has no address`,
        `name an address of this machine in ${setting}, or 0.0.0.0 for all of them`,
      );
    default:
      return error(
        setting,
        subject,
        `${where.host} is not an address of this machine (${code})`,
        `name an address of this machine in ${setting}, or 0.0.0.0 for all of them`,
      );
  }
}

async function checkSocket(checked: Checked<Extract<Listen, { readonly path: string }>>): Promise<Result> {
  const { setting, where } = checked;
  const { path } = where;
  const subject = `${setting} ${listenText(where)}`;
  if (
    path.startsWith(`${RUNTIME_FOLDER}/`) &&
    (await lstat(RUNTIME_FOLDER).catch(() => undefined)) === undefined
  )
    return ok(setting, subject, `is free: systemd creates ${RUNTIME_FOLDER} when it starts the service`);
  const folder = path.replace(/\/[^/]*$/, "") || "/";
  const advice = `create the folder for the gateway's account, or choose another path in ${setting}`;
  try {
    const found = await lstat(folder);
    if (!found.isDirectory()) return error(setting, subject, `${folder} is not a folder`, advice);
  } catch (cause) {
    return error(setting, subject, `${folder} ${reasonOf(cause)}`, advice);
  }
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return ok(setting, subject, "is free");
  if (!found.isSocket())
    return error(
      setting,
      subject,
      `${path} is a file, and not a socket`,
      `choose another path in ${setting}`,
    );
  return (await isServed(path))
    ? checkInUse(checked)
    : ok(setting, subject, "left over from a gateway that runs no longer; `serve` replaces it");
}

function checkAddress({ setting, where, balancers }: Checked): Promise<Result> {
  if ("systemd" in where)
    return Promise.resolve(ok(setting, `${setting} ${listenText(where)}`, "systemd opens the socket"));
  return "path" in where
    ? checkSocket({ setting, where, balancers })
    : checkPort({ setting, where, balancers });
}

async function checkBacklog({ listen_backlog: configured }: Settings): Promise<Result[]> {
  const allowed = Number(await readFile(SOMAXCONN, "utf8").catch(() => ""));
  if (!(allowed > 0)) return [];
  const subject = "listen_backlog";
  if (allowed >= configured)
    return [ok("listen_backlog", subject, `${configured} connections may wait to be accepted`)];
  return [
    warning(
      "listen_backlog",
      subject,
      `the kernel allows ${allowed} waiting connections, and not ${configured}`,
      `raise net.core.somaxconn to ${configured}, or lower listen_backlog`,
    ),
  ];
}

/** Checks all listeners. */
export async function checkListeners(settings: Settings): Promise<Result[]> {
  const results: Result[] = [];
  const { proxy_protocol_from: balancers } = settings;
  // One after the other: two addresses of the settings may be the same.
  const check = async (setting: ListenSetting, where: Listen) =>
    void results.push(await checkAddress({ setting, where, balancers }));
  for (const where of settings.listen) await check("listen", where);
  for (const where of settings.metrics_listen) await check("metrics_listen", where);
  for (const where of settings.admin_listen ?? []) await check("admin_listen", where);
  if (settings.smart_proxy_url !== undefined) await check("facade_listen", settings.facade_listen);
  return [...results, ...(await checkBacklog(settings))];
}
