/** Decisions in the audit log. */

/** One decision. It never contains a password, a token or a certificate. */
export interface Decision {
  readonly event: "login" | "pull" | "administration" | "access";
  readonly decision: "allowed" | "refused" | "failed";
  /** Kind of caller; `name` is its login, UUID or common name, if known. */
  readonly caller: string | undefined;
  readonly name: string | undefined;
  /** Address of the client; absent over a unix socket. */
  readonly address: string | undefined;
  readonly operation: string | undefined;
  readonly repository?: string | undefined;
  /** Tag or digest. */
  readonly reference?: string | undefined;
  /** Subject of an operator's action: the parameters of the call, as in `user=alice address=192.0.2.1`. */
  readonly subject?: string | undefined;
  /** Reason for a refusal or failure. */
  readonly why: string | undefined;
  readonly requestId: string;
}

/** Records decisions. Never throws and never blocks. */
export type Audit = (decision: Decision) => void;

/** Reason for refusing a caller, for the audit log only. */
export interface Refusal {
  readonly why: string;
  /** Name that the refused credentials claim. */
  readonly name?: string | undefined;
}
