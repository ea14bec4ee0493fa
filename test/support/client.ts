/** Clients of a test gateway: the generated one, and a raw one for other requests. Every reply is validated against the contract. */
import { Agent } from "undici";
import { type Client, createClient } from "../../src/generated/client.ts";
import { pem, type TestGateway } from "./gateway.ts";
import { checkReply, type WireReply } from "./reply-check.ts";

/** A client's connection and credentials. */
export interface ClientOptions {
  readonly via?: "https" | "http" | "unix" | "admin" | "adminHttp";
  /** Name of the client certificate, such as `foreman`. */
  readonly certificate?: string;
  /** `login:password` or a token. */
  readonly basic?: string;
  readonly token?: string;
}

/** One request, sent unchanged. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** The addresses of a gateway. */
type Reachable = Pick<TestGateway, "https" | "http" | "socket" | "adminSocket" | "clients"> &
  Partial<Pick<TestGateway, "adminUrl">>;

function agentFor(
  { socket, adminSocket, clients }: Reachable,
  { via = "http", certificate }: ClientOptions,
): Agent {
  const tls =
    certificate === undefined
      ? { ca: pem("ca.crt") }
      : { ca: pem("ca.crt"), cert: pem(`${certificate}.crt`), key: pem(`${certificate}.key`) };
  const sockets: Partial<Record<typeof via, string>> = { unix: socket, admin: adminSocket };
  const socketPath = sockets[via];
  const agent = new Agent({ connect: socketPath === undefined ? tls : { socketPath } });
  clients.add(agent);
  return agent;
}

function originOf({ https, http, adminUrl = "" }: Reachable, { via = "http" }: ClientOptions): string {
  const origins: Partial<Record<typeof via, string>> = { https, http, adminHttp: adminUrl };
  return origins[via] ?? "http://localhost";
}

function authorization({ basic, token }: ClientOptions): Record<string, string> {
  if (basic !== undefined) return { authorization: `Basic ${Buffer.from(basic).toString("base64")}` };
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** Sends requests unchanged, byte for byte. */
export function rawClient(gateway: Reachable, options: ClientOptions = {}) {
  const agent = agentFor(gateway, options);
  return async ({ method, path, headers, body }: RawRequest): Promise<WireReply> => {
    const answer = await agent.request({
      origin: originOf(gateway, options),
      method,
      path,
      headers: { ...authorization(options), ...headers },
      body: body ?? null,
    });
    const reply = { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    checkReply(method, path, reply);
    return reply;
  };
}

const hasNoBody = (method: string, status: number): boolean =>
  method === "HEAD" || status === 204 || status === 304;

/** The client that is generated from the contract. */
export function client(gateway: TestGateway, options: ClientOptions = {}): Client {
  const send = rawClient(gateway, options);
  return createClient({
    baseUrl: originOf(gateway, options),
    fetch: async (request: Request) => {
      const { pathname, search } = new URL(request.url);
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
      const { status, headers, text } = await send({
        method: request.method,
        path: pathname + search,
        headers: Object.fromEntries(request.headers),
        ...(body === undefined ? {} : { body }),
      });
      const flat = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
      );
      return new Response(hasNoBody(request.method, status) ? null : text, { status, headers: flat });
    },
  });
}

/** Logs in and returns the token. */
export async function tokenOf(gateway: TestGateway, basic: string): Promise<string> {
  const { data } = await client(gateway, { basic }).getToken();
  if (data === undefined) throw new Error(`no token for ${basic.split(":")[0]}`);
  return data.token;
}
