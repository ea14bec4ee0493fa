/** Clients of a test gateway: the package's, and a raw one for other requests. Every reply is validated against the contract. */
import { createSecureContext, type SecureContext } from "node:tls";
import { Agent } from "undici";
import { type Client, createGatewayClient } from "../../src/client/index.ts";
import { pem, type TestGateway } from "./gateway.ts";
import type { Call, RequestHeaders } from "./operations.ts";
import { checkReply, type WireReply } from "./reply-check.ts";

/** A client's connection and credentials. */
export interface ClientOptions {
  readonly via?: "https" | "http" | "unix" | "admin" | "adminHttp";
  /** Name of the client certificate, such as `foreman`. */
  readonly certificate?: string;
  /** `login:password` or a token. */
  readonly basic?: string;
  readonly token?: string;
  /** Path before those of the contract, which Katello and Apache use. */
  readonly prefix?: "/container_gateway";
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

/** Path of the unix socket, for a client of one. */
const socketOf = ({ socket, adminSocket }: Reachable, { via }: ClientOptions): string | undefined =>
  via === "unix" ? socket : via === "admin" ? adminSocket : undefined;

const certificateOf = ({ certificate }: ClientOptions) =>
  certificate === undefined ? undefined : { cert: pem(`${certificate}.crt`), key: pem(`${certificate}.key`) };

const contexts = new Map<string | undefined, SecureContext>();

/** The certificates of a caller, which take milliseconds to read. */
function contextOf(options: ClientOptions): SecureContext {
  const known = contexts.get(options.certificate);
  const context = known ?? createSecureContext({ ca: pem("ca.crt"), ...certificateOf(options) });
  contexts.set(options.certificate, context);
  return context;
}

/** Connections of each gateway, by how they reach it. */
const agents = new WeakMap<object, Map<string, Agent>>();

/** The connections of all raw clients that reach a gateway in the same way: a TLS handshake takes longer than most requests. */
function agentFor(gateway: Reachable, options: ClientOptions): Agent {
  const own = agents.get(gateway) ?? new Map<string, Agent>();
  agents.set(gateway, own);
  const socketPath = socketOf(gateway, options);
  const key = `${socketPath} ${options.certificate}`;
  const known = own.get(key);
  if (known !== undefined) return known;
  const connect = socketPath === undefined ? { secureContext: contextOf(options) } : { socketPath };
  const agent = new Agent({ connect });
  gateway.clients.add(agent);
  own.set(key, agent);
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

/** Bodies of replies, which the client of the package has read. */
const bodies = new WeakMap<Response, Buffer>();

/** Clients of the package of each gateway, by connection and credentials. */
const packageClients = new WeakMap<object, Map<string, Client>>();

/** The client of the package. Callers of the same connection and credentials share it, as {@link rawClient} does. */
export function client(gateway: Reachable, options: ClientOptions = {}): Client {
  const own = packageClients.get(gateway) ?? new Map<string, Client>();
  packageClients.set(gateway, own);
  const key = JSON.stringify(options);
  const known = own.get(key) ?? newClient(gateway, options);
  own.set(key, known);
  return known;
}

function newClient(gateway: Reachable, options: ClientOptions): Client {
  const socketPath = socketOf(gateway, options);
  const certificate = certificateOf(options);
  const own = createGatewayClient({
    url: originOf(gateway, options) + (options.prefix ?? ""),
    ca: pem("ca.crt"),
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(certificate === undefined ? {} : { certificate }),
    intercept: async (request, send) => {
      for (const [name, value] of Object.entries(authorization(options))) request.headers.set(name, value);
      const response = await send(request);
      const { pathname, search } = new URL(request.url);
      const { status, headers } = response;
      const body = Buffer.from(await response.clone().arrayBuffer());
      bodies.set(response, body);
      const text = body.toString();
      checkReply(request.method, pathname + search, { status, headers: Object.fromEntries(headers), text });
      return response;
    },
  });
  gateway.clients.add({ destroy: async () => own.close() });
  return own;
}

/** A reply to a call by the client of the package. */
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
}

/** Sends calls of the contract by the client of the package. */
export function caller(gateway: Reachable, options: ClientOptions = {}) {
  const sender = client(gateway, options);
  return async (call: Call, sent: RequestHeaders = {}): Promise<Reply> => {
    const { response } = await call(sender, sent);
    const body = bodies.get(response) ?? Buffer.alloc(0);
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, headers, body, text: body.toString() };
  };
}

/** Logs in and returns the token. */
export async function tokenOf(gateway: TestGateway, basic: string): Promise<string> {
  const { data } = await client(gateway, { basic }).getToken();
  if (data === undefined) throw new Error(`no token for ${basic.split(":")[0]}`);
  return data.token;
}

/** Status of the pull of a manifest. */
export async function pullStatus(
  gateway: TestGateway,
  caller: ClientOptions = {},
  name = "org/private-app",
  reference = "1.0",
): Promise<number> {
  const params = { path: { name, reference } };
  return (await client(gateway, caller).getManifest({ params })).response.status;
}

/** Status of a login with `login:password`. */
export const loginStatus = async (gateway: TestGateway, basic: string): Promise<number> =>
  (await client(gateway, { basic }).getToken()).response.status;
