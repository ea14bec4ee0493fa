/** A method for each operation of the contract, over a function that sends requests. */
import { type Client, createClient } from "../generated/client.ts";
import { pathOf } from "./paths.ts";
import { type Login, type Send, withLogin, withToken } from "./session.ts";

/** Options that say who calls, and what else is done at each request. */
export interface CallerOptions {
  /** A registry token. */
  readonly token?: string;
  /** A Foreman account. Its token is fetched at the first request, and renewed before it expires. */
  readonly login?: Login;
  /**
   * Called in place of sending each request, those of the login too, and sends it: to log or measure it, to limit its time, to
   * repeat it, or to add headers.
   * @example
   * const intercept = (request, send) => send(new Request(request, { signal: AbortSignal.timeout(10_000) }));
   */
  readonly intercept?: (request: Request, send: Send) => Promise<Response>;
}

/** Creates the methods. @param baseUrl without a slash at its end */
export function clientOver(send: Send, baseUrl: string, { token, login, intercept }: CallerOptions): Client {
  const sent: Send = intercept === undefined ? send : (request) => intercept(request, send);
  const fetch =
    login !== undefined
      ? withLogin(sent, baseUrl, login)
      : token !== undefined
        ? withToken(sent, token)
        : sent;
  return createClient({ baseUrl, fetch, pathSerializer: pathOf });
}
