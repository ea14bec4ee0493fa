/** Sign-in of a browser: with an account that is an administrator in Foreman, or with a link. */
import type { LoginOutcome } from "../../auth/login/throttle.ts";
import type { Audit, Decision } from "../../model/audit-events.ts";
import { isRegistryError, registryError } from "../../model/errors.ts";
import type { LoginRequest } from "../../model/logins.ts";
import { signInNeeded } from "./authenticate.ts";
import type { OpenSession, Sessions } from "./sessions.ts";

/** Foreman's API, as far as a sign-in needs it. */
export interface ForemanAccounts {
  /** Returns the account of credentials; undefined if Foreman refuses them. */
  find(request: LoginRequest): Promise<{ readonly isAdministrator: boolean } | undefined>;
}

/** Dependencies of a sign-in. */
export interface SignInOptions {
  readonly accounts: ForemanAccounts;
  readonly throttle: { reserve(request: LoginRequest): Promise<(outcome: LoginOutcome) => Promise<void>> };
  readonly sessions: Sessions;
  readonly audit: Audit;
}

/** Client that signs in. */
export interface SignInClient {
  readonly requestId: string;
  readonly address: string | undefined;
  /** True for a browser that is connected over TLS. */
  readonly secure: boolean;
}

/** Login and `Authorization` header of a Foreman account. */
export type ForemanCredentials = Pick<LoginRequest, "name" | "authorization">;

/** Signs browsers in; each attempt is audited, and those with a password are throttled together with all logins. */
export class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** @throws RegistryError UNAUTHORIZED, DENIED, TOOMANYREQUESTS, UNAVAILABLE */
  withAccount({ name, authorization }: ForemanCredentials, client: SignInClient): Promise<OpenSession> {
    const { requestId, address } = client;
    return this.#audited(name, client, async () => {
      const account = await this.#find({ name, authorization, requestId, address, replacesRevoked: false });
      if (account === undefined) throw signInNeeded("Foreman refuses this login and password");
      if (!account.isAdministrator)
        throw registryError("DENIED", { message: "this account is no administrator in Foreman" });
      return this.#options.sessions.open(name, "foreman", client.secure);
    });
  }

  /** @throws RegistryError UNAUTHORIZED for a link that is not valid any more */
  withLink(code: string, client: SignInClient): Promise<OpenSession> {
    const { sessions } = this.#options;
    return this.#audited("link", client, async () => {
      if (!(await sessions.useLink(code)))
        throw signInNeeded("this link has been used or is too old: `container-gateway ui` prints a new one");
      return sessions.open("link", "link", client.secure);
    });
  }

  async #find(request: LoginRequest) {
    const { accounts, throttle } = this.#options;
    const settle = await throttle.reserve(request);
    let outcome: LoginOutcome = "unknown";
    try {
      const account = await accounts.find(request);
      outcome = account === undefined ? "failed" : "succeeded";
      return account;
    } finally {
      await settle(outcome);
    }
  }

  async #audited(
    name: string,
    { requestId, address }: SignInClient,
    signIn: () => Promise<OpenSession>,
  ): Promise<OpenSession> {
    const tell = (outcome: Pick<Decision, "decision" | "why">) =>
      this.#options.audit({
        event: "login",
        caller: "administrator",
        name,
        address,
        operation: "postSession",
        requestId,
        ...outcome,
      });
    try {
      const session = await signIn();
      tell({ decision: "allowed", why: undefined });
      return session;
    } catch (error) {
      if (!isRegistryError(error)) tell({ decision: "failed", why: "unexpected error" });
      else
        tell({
          decision: error.output.statusCode >= 500 ? "failed" : "refused",
          why: error.message,
        });
      throw error;
    }
  }
}
