/** Audit events of logins. */
import type { Audit, Decision } from "../../model/audit-events.ts";
import { isRegistryError } from "../../model/errors.ts";
import type { LoginRefusal, LoginRequest } from "../../model/logins.ts";
import { isLoggedIn, type LogIn } from "./login-result.ts";

type Outcome = Pick<Decision, "decision" | "why">;

const REFUSALS: Readonly<Record<LoginRefusal, string>> = {
  credentials: "Katello refuses the credentials",
  revoked:
    "the user's registry token is revoked in Foreman: a login without a scope, such as podman login, replaces it",
  permission: "the account lacks the permission create_personal_access_tokens in Foreman",
};

/** Returns the outcome of a login that threw. A lockout is a refusal; any other error is a failure to decide. */
function failure(error: unknown): Outcome {
  if (!isRegistryError(error)) return { decision: "failed", why: "unexpected error" };
  return {
    decision: error.data?.code === "TOOMANYREQUESTS" ? "refused" : "failed",
    why: error.message,
  };
}

/** Wraps a login so that the outcome of each attempt is audited. */
export function auditLogins(logIn: LogIn, audit: Audit): LogIn {
  const tell = ({ name, address, requestId }: LoginRequest, outcome: Outcome) =>
    audit({ event: "login", caller: "login", name, address, operation: undefined, requestId, ...outcome });

  return async (question) => {
    try {
      const result = await logIn(question);
      tell(
        question,
        isLoggedIn(result)
          ? { decision: "allowed", why: undefined }
          : { decision: "refused", why: REFUSALS[result.refused] },
      );
      return result;
    } catch (error) {
      tell(question, failure(error));
      throw error;
    }
  };
}
