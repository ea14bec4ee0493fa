/** Decisions that are told to the audit log: what was decided, on whom, and why. */

/** One decision. It never holds a password, a token or a certificate. */
export interface Decision {
  readonly event: "login" | "pull" | "administration" | "access";
  readonly decision: "allowed" | "refused" | "failed";
  /** What kind of caller, and its login, uuid or common name as far as it is known. */
  readonly caller: string | undefined;
  readonly name: string | undefined;
  /** The client's address; absent over a unix socket. */
  readonly address: string | undefined;
  readonly operation: string | undefined;
  readonly repository?: string | undefined;
  /** A tag or a digest. */
  readonly reference?: string | undefined;
  /** Why it was refused, or failed. */
  readonly why: string | undefined;
  readonly requestId: string;
}

/** Takes decisions; it neither fails nor waits. */
export type Audit = (decision: Decision) => void;

/** Why a caller is turned away, for the audit log alone. */
export interface Refusal {
  readonly why: string;
  /** A name that was shown and does not suffice. */
  readonly name?: string | undefined;
}
