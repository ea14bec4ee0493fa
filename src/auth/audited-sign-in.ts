/** Signing in, with a line in the audit log for each attempt. */
import type { Audit, Decision } from "../decisions.ts";
import { isRegistryError } from "../errors.ts";
import type { LoginQuestion } from "../logins.ts";
import type { SignIn } from "./sign-in.ts";

/** What came of an attempt that threw: too many of them are a refusal, all else is nobody's decision. */
function failure(error: unknown): Pick<Decision, "decision" | "why"> {
  if (!isRegistryError(error)) return { decision: "failed", why: "unexpected error" };
  return {
    decision: error.data?.code === "TOOMANYREQUESTS" ? "refused" : "failed",
    why: error.message,
  };
}

/** Makes a sign-in that tells `audit` what came of each attempt. */
export function auditSignIn(signIn: SignIn, audit: Audit): SignIn {
  const tell = ({ name, address, requestId }: LoginQuestion, what: Pick<Decision, "decision" | "why">) =>
    audit({ event: "login", caller: "login", name, address, operation: undefined, requestId, ...what });

  return async (question) => {
    try {
      const signedIn = await signIn(question);
      tell(
        question,
        signedIn === undefined
          ? { decision: "refused", why: "Katello refuses the credentials" }
          : { decision: "allowed", why: undefined },
      );
      return signedIn;
    } catch (error) {
      tell(question, failure(error));
      throw error;
    }
  };
}
