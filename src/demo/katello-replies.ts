/** Replies of the demo Katello: tokens, catalogs and refusals. */
import type { IssuedToken } from "./katello-tokens.ts";

/** Status and JSON body of a reply. */
export interface KatelloReply {
  status: number;
  body: unknown;
  /** True if the reply has a challenge, which a 401 of the registry has and a failed login has not. */
  challenge?: boolean;
}

/** Refuses with a message in Foreman's format. */
export const refusal = (status: number, message: string, challenge = false): KatelloReply => ({
  status,
  body: { error: { message } },
  challenge,
});
/** Refuses with the registry's challenge. */
export const unauthorized = (): KatelloReply => refusal(401, "Unable to authenticate user ", true);

/** Lists repositories. */
export const catalogReply = (repositories: readonly (string | null)[]): KatelloReply => ({
  status: 200,
  body: { repositories },
});

/**
 * Issues a token. `issued_at` is in whole seconds with the server's offset, as Ruby's `rfc3339` formats it; `expires_in`, in
 * seconds, counts from it.
 */
export function tokenReply({ text, created, expires }: IssuedToken): KatelloReply {
  const issued = Math.floor(created / 1000) * 1000;
  return {
    status: 200,
    body: {
      token: text,
      expires_in: Math.floor((expires - created) / 1000),
      issued_at: new Date(issued).toISOString().replace(/\.\d+Z$/, "+00:00"),
    },
  };
}
