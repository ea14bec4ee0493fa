/** What the demo Katello replies to questions about logins, tokens and catalogues. */
import type { IssuedToken } from "./katello-tokens.ts";

/** Status and JSON body of a reply. */
export interface Answer {
  status: number;
  body: unknown;
  /** Whether it challenges the client, as a 401 of the registry itself does and a failed login does not. */
  challenge?: boolean;
}

/** Refuses with a message, as Foreman words it. */
export const refusal = (status: number, message: string, challenge = false): Answer => ({
  status,
  body: { error: { message } },
  challenge,
});
/** Refuses with the registry's own challenge. */
export const unauthorized = (): Answer => refusal(401, "Unable to authenticate user ", true);

/** Lists repositories. */
export const catalogReply = (repositories: readonly (string | null)[]): Answer => ({
  status: 200,
  body: { repositories },
});

/**
 * Hands out a token. `issued_at` is in whole seconds with the server's offset, as Ruby's `rfc3339` writes a time;
 * `expires_in`, in seconds, counts from it.
 */
export function tokenReply({ text, created, expires }: IssuedToken): Answer {
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
