/** Replies of Katello's registry API. */
import { z } from "zod";
import { headerOf, type UpstreamReply } from "../reply.ts";

/** Lifetime of a token whose reply has none (distribution specification, "Token Response Fields"). */
const DEFAULT_LIFETIME_S = 60;

/** Reply to `token`. */
export const TokenReply = z.object({
  // A stored hash such as `$2a$04$...`: clients send it back in a header.
  token: z.string().regex(/^[\x21-\x7e]{1,4096}$/),
  expires_in: z.number().positive().optional(),
  issued_at: z.string().optional(),
});
/** Reply to `_catalog`. Names may be `null` (a repository without a name) or anything else; those that can't be pulled are ignored. */
export const CatalogReply = z.object({ repositories: z.array(z.unknown()) });

/** Returns the remaining lifetime of a token. Its age is `Date` less `issued_at`, because Katello's clock may differ from the gateway's. */
export function secondsLeft(
  { expires_in = DEFAULT_LIFETIME_S, issued_at }: z.infer<typeof TokenReply>,
  reply: UpstreamReply,
): number {
  const now = Date.parse(headerOf(reply, "date") ?? "");
  const issued = Date.parse(issued_at ?? "");
  const age = Number.isNaN(now) || Number.isNaN(issued) ? 0 : Math.max(0, (now - issued) / 1000);
  return expires_in - age;
}
