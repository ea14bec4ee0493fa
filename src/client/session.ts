/** Registry tokens of requests. */
import { GatewayError } from "./errors.ts";

/** Sends a request, as `fetch` does. */
export type Send = (request: Request) => Promise<Response>;

/** A Foreman account. */
export interface Login {
  readonly name: string;
  readonly password: string;
}

/** Part of a token's life after which it is renewed. */
const RENEWAL_FRACTION = 0.8;

function authorized(request: Request, token: string): Request {
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  return new Request(request, { headers });
}

/** Value of the header `Authorization` with the password of an account. */
export const basicAuthorization = ({ name, password }: Login): string =>
  // Base64 takes bytes as characters.
  `Basic ${btoa(String.fromCodePoint(...new TextEncoder().encode(`${name}:${password}`)))}`;

/** Adds a token to each request. */
export const withToken =
  (send: Send, token: string): Send =>
  (request) =>
    send(authorized(request, token));

/** The token of an account, renewed in time. */
class Session {
  readonly #send: Send;
  readonly #url: string;
  readonly #basic: string;
  #token: Promise<string> | undefined;
  #renewAt = 0;

  constructor(send: Send, baseUrl: string, login: Login) {
    this.#send = send;
    this.#url = `${baseUrl}/v2/token?account=${encodeURIComponent(login.name)}`;
    this.#basic = basicAuthorization(login);
  }

  /** @throws GatewayError if the login is refused */
  token(): Promise<string> {
    if (this.#token === undefined || Date.now() >= this.#renewAt) {
      this.#renewAt = Number.POSITIVE_INFINITY;
      this.#token = this.#logIn().catch((error: unknown) => {
        this.#token = undefined;
        throw error;
      });
    }
    return this.#token;
  }

  /** Forgets a token that was refused. */
  forget(): void {
    this.#token = undefined;
  }

  async #logIn(): Promise<string> {
    const startedAt = Date.now();
    const response = await this.#send(new Request(this.#url, { headers: { authorization: this.#basic } }));
    if (!response.ok) throw await GatewayError.of(response);
    const { token, expires_in }: { token: string; expires_in: number } = JSON.parse(await response.text());
    this.#renewAt = startedAt + expires_in * 1000 * RENEWAL_FRACTION;
    return token;
  }
}

/** Adds the token of an account to each request. A token that is refused is fetched anew, once. */
export function withLogin(send: Send, baseUrl: string, login: Login): Send {
  const session = new Session(send, baseUrl, login);
  return async (request) => {
    const again = request.clone();
    const response = await send(authorized(request, await session.token()));
    if (response.status !== 401) return response;
    await response.body?.cancel();
    session.forget();
    return send(authorized(again, await session.token()));
  };
}
