/** The running gateway, as commands reach it: over the unix socket of administration. */
import { request as httpRequest } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Client, createClient } from "../../generated/client.ts";
import type { components } from "../../generated/openapi.ts";
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

/** Sends a request over a unix socket. */
const fetchBy =
  (socketPath: string) =>
  async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          socketPath,
          method: request.method,
          path: pathname + search,
          headers: Object.fromEntries(request.headers),
        },
        (reply) => {
          buffer(reply).then(
            (body) => resolve(new Response(body, { status: reply.statusCode ?? 500 })),
            reject,
          );
        },
      );
      outgoing.on("error", (cause) => {
        const advice = ADVICE[errorCode(cause)] ?? errorText(cause);
        reject(new StartupError(`the gateway can't be asked at ${socketPath}: ${advice}`, { cause }));
      });
      outgoing.end();
    });
  };

/** Opens a client of the gateway. */
export const gatewayAt = (where: Where, environment: NodeJS.ProcessEnv): Client =>
  createClient({ baseUrl: "http://localhost", fetch: fetchBy(socketOf(where, environment)) });

/** Result of a call: its body, or the error of the contract. */
interface Result<Body> {
  readonly data?: Body | undefined;
  readonly error?: components["schemas"]["Errors"] | undefined;
}

/** Returns the body of a reply. @throws StartupError with the message of an error */
export async function bodyOf<Body>(call: Promise<Result<Body>>): Promise<Body> {
  const { data, error } = await call;
  if (data !== undefined) return data;
  throw new StartupError(error?.errors[0]?.message ?? "the gateway sent no reply");
}
