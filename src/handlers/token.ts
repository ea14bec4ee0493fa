/** Logging in. */
import { unauthorized } from "../auth/challenge.ts";
import { ANONYMOUS_TOKEN, basicCredentials } from "../auth/credentials.ts";
import type { SignIn } from "../auth/sign-in.ts";
import { registryError } from "../errors.ts";
import type { Call, Handlers, IncomingBody, Login, Reply } from "../operations.ts";

type TokenReply = Reply<"getToken"> & { readonly status: 200 };
type FormReply = Reply<"postToken">;

/** An anonymous caller may go on for so long before asking again; it costs nothing. */
const ANONYMOUS_SECONDS = 3600;
/** Names and passwords are short, and scopes few. */
const LONGEST_FORM = 65_536;

/** Both names of the token, for containerd reads the one and all others the other. */
function tokenReply(token: string, secondsLeft: number): TokenReply {
  const body = {
    token,
    access_token: token,
    expires_in: Math.max(1, Math.floor(secondsLeft)),
    issued_at: new Date().toISOString(),
  };
  return { status: 200, headers: { "Cache-Control": "no-store" }, body };
}

/** RFC 6749 section 5.2. */
const formError = (
  error: "invalid_request" | "unsupported_grant_type",
  error_description: string,
): FormReply => ({ status: 400, body: { error, error_description } });

/** Undefined for what is no form. */
async function readForm({ contentType, chunks }: IncomingBody): Promise<URLSearchParams | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > LONGEST_FORM) throw registryError("SIZE_INVALID", { detail: { limit: LONGEST_FORM } });
    parts.push(chunk);
  }
  const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/x-www-form-urlencoded") return undefined;
  return new URLSearchParams(Buffer.concat(parts).toString("utf8"));
}

/** Makes the handlers of `/v2/token`. The user is who Katello authenticated, never who a parameter says. */
export function createToken(signIn: SignIn): Pick<Handlers, "getToken" | "headToken" | "postToken"> {
  async function login(
    { name, authorization }: Pick<Login, "name" | "authorization">,
    { requestId, origin, address }: Pick<Call<"getToken">, "requestId" | "origin" | "address">,
  ): Promise<TokenReply> {
    const signedIn = await signIn({ authorization, name, requestId, address });
    if (signedIn === undefined) throw unauthorized({ origin, scope: undefined });
    return tokenReply(signedIn.token, signedIn.secondsLeft);
  }

  const getToken: Handlers["getToken"] = async (call) => {
    const { caller } = call;
    switch (caller.kind) {
      case "login":
        return login(caller, call);
      case "user":
        return tokenReply(caller.token.value, caller.token.secondsLeft);
      case "anonymous":
        return tokenReply(ANONYMOUS_TOKEN, ANONYMOUS_SECONDS);
    }
  };

  /** containerd comes here first, with the password in the form. */
  const postToken: Handlers["postToken"] = async (call) => {
    const form = await readForm(call.body);
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
        "the user name is empty or holds a colon, or one of the two is too long or holds a control character",
      );
    return login(credentials, call);
  };

  return { getToken, headToken: getToken, postToken };
}
