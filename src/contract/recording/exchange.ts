/** Requests and replies of a recording, whatever its format. */
import type { JudgedReply } from "../reply-check.ts";

/** A recorded request with its reply. */
export interface RecordedExchange {
  readonly method: string;
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Undefined if the recording omits it. */
  readonly body: string | undefined;
  /** Undefined if the request got none. */
  readonly reply: JudgedReply | undefined;
}
