/** Token requests, which log users in. */

import { ANONYMOUS_TOKEN, basicCredentials } from "../auth/credentials.ts";
import { isLoggedIn, type LogIn, loginRefused } from "../auth/login/login-result.ts";
import type { OpenRepositoryLookup } from "../auth/ports.ts";
import { hasScope, repositoriesToPull } from "../auth/scopes.ts";
import type { Call, Handlers, Login, Reply } from "../model/operations.ts";
import { TokenForms } from "./token-form.ts";

/** Dependencies of `/v2/token`. */
export interface TokenOptions {
  readonly logIn: LogIn;
  readonly openRepositories: OpenRepositoryLookup;
}

type TokenReply = Reply<"getToken"> & { readonly status: 200 };
type FormReply = Reply<"postToken">;

/** Lifetime of the anonymous token, long because it grants nothing. */
const ANONYMOUS_TOKEN_TTL_S = 3600;

/**
 * Creates the token reply. containerd reads `access_token`, all others `token`. There is no `issued_at`: with it, clients
 * whose clock is slow renew tokens too late; without it they count from the arrival of the reply.
 */
function tokenReply(token: string, secondsLeft: number): TokenReply {
  const body = { token, access_token: token, expires_in: Math.max(1, Math.floor(secondsLeft)) };
  return { status: 200, headers: { "Cache-Control": "no-store" }, body };
}
const anonymousReply = () => tokenReply(ANONYMOUS_TOKEN, ANONYMOUS_TOKEN_TTL_S);

/** RFC 6749 section 5.2. */
const formError = (
  error: "invalid_request" | "unsupported_grant_type",
  error_description: string,
): FormReply => ({ status: 400, body: { error, error_description } });

/** Creates the handlers of `/v2/token`. The user is the one that Katello authenticated, not the parameter `account`. */
export function createToken({
  logIn,
  openRepositories,
}: TokenOptions): Pick<Handlers, "getToken" | "headToken" | "postToken"> {
  const forms = new TokenForms();

  /** True if all requested repositories are public: a stale stored password must not break a public pull. */
  async function isPublic(scopes: readonly string[]): Promise<boolean> {
    const names = repositoriesToPull(scopes);
    const open = await Promise.all(names.map((name) => openRepositories.has(name)));
    return names.length > 0 && open.every(Boolean);
  }

  async function login(
    { name, authorization }: Pick<Login, "name" | "authorization">,
    scopes: readonly string[],
    { requestId, origin, address }: Pick<Call<"getToken">, "requestId" | "origin" | "address">,
  ): Promise<TokenReply> {
    if (await isPublic(scopes)) return anonymousReply();
    const result = await logIn({
      authorization,
      name,
      replacesRevoked: !hasScope(scopes),
      requestId,
      address,
    });
    if (!isLoggedIn(result)) throw loginRefused({ origin, scope: undefined }, result);
    return tokenReply(result.token, result.secondsLeft);
  }

  const getToken: Handlers["getToken"] = async (call) => {
    const { caller } = call;
    switch (caller.kind) {
      case "login":
        return login(caller, call.query.scope ?? [], call);
      case "user":
        return tokenReply(caller.token.value, caller.token.secondsLeft);
      case "anonymous":
        return anonymousReply();
    }
  };

  /** Serves containerd, which sends the password in a form before it tries GET. */
  const postToken: Handlers["postToken"] = async (call) => {
    const form = await forms.read(call.body, call.address);
    if (form === undefined) return formError("invalid_request", "the body must be a form");
    if (form.get("grant_type") !== "password") {
      return formError(
        "unsupported_grant_type",
        "log in with grant_type=password; refresh tokens are not given out",
      );
    }
    const name = form.get("username");
    const password = form.get("password");
    if (name === null || password === null)
      return formError("invalid_request", "username or password is missing");
    const credentials = basicCredentials(name, password);
    if (credentials.kind !== "basic")
      return formError(
        "invalid_request",
        "the user name is empty or contains a colon, or one of the two contains a control character",
      );
    return login(credentials, form.getAll("scope"), call);
  };

  return { getToken, headToken: getToken, postToken };
}
