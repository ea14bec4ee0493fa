/** The running gateway, as commands reach it: over the unix socket of administration. */
import { type Client, createGatewayClient, GatewayError, unwrap } from "../../client/index.ts";
import { DEFAULT_ADMIN_SOCKET } from "../../http/admin-listener.ts";
import { errorCode, errorText } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import { readSources } from "../../settings/sources.ts";

/** Options that say where the gateway is. */
export interface Where {
  readonly config: string | undefined;
  readonly socket: string | undefined;
}

/** @throws StartupError if `admin_listen` is no unix socket */
function socketOf({ config, socket }: Where, environment: NodeJS.ProcessEnv): string {
  if (socket !== undefined) return socket;
  const setting = readSources(config, environment).values.get("admin_listen");
  if (setting === undefined) return DEFAULT_ADMIN_SOCKET;
  const [, path] = /(?:^|,) *unix:(\/[^,]+)/.exec(String(setting.value)) ?? [];
  if (path !== undefined) return path;
  throw new StartupError(
    `${setting.place}: admin_listen is ${setting.value}, and commands need a unix socket: add unix:${DEFAULT_ADMIN_SOCKET}`,
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "is the gateway running, and is admin_listen this socket?",
  ECONNREFUSED: "is the gateway running?",
  EACCES: "run this as root, or as a member of the service's group",
};

/** Opens a client of the gateway. Its calls throw a StartupError if the gateway can't be asked. */
export function gatewayAt(where: Where, environment: NodeJS.ProcessEnv): Client {
  const socketPath = socketOf(where, environment);
  return createGatewayClient({
    socketPath,
    intercept: (request, send) =>
      send(request).catch((cause: unknown) => {
        const advice = ADVICE[errorCode(cause)] ?? errorText(cause);
        throw new StartupError(`the gateway can't be asked at ${socketPath}: ${advice}`, { cause });
      }),
  });
}

/** Returns the body of a reply. @throws StartupError with the message of an error */
export const bodyOf = <Body>(call: Parameters<typeof unwrap<Body>>[0]): Promise<Body> =>
  unwrap(call).catch((error: unknown) => {
    throw error instanceof GatewayError ? new StartupError(error.message) : error;
  });
