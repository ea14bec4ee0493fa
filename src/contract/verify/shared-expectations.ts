/** Expectations that several cases share. */
import type { WireReply } from "../reply-check.ts";
import { at, json } from "./json.ts";
import type { Probe } from "./probe.ts";

const SCHEME = "Bearer ";

/** Parameters of a Bearer challenge. */
const challengeOf = ({ headers }: WireReply): ReadonlyMap<string, string> =>
  new Map(
    [...String(headers["www-authenticate"] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, value] as const,
    ),
  );

/** Expects a 401 with exactly one challenge, a Bearer one. @param error its reason, if it must have one */
export function expectChallenge(
  probe: Probe,
  what: string,
  reply: WireReply,
  { scope, error }: { readonly scope?: string; readonly error?: string } = {},
): void {
  const header = reply.headers["www-authenticate"];
  probe.expect(reply.status === 401, `${what} gets ${reply.status}, not 401`);
  const isOne = typeof header === "string" && header.startsWith(SCHEME) && !/,\s*Basic /i.test(header);
  probe.expect(isOne, `${what}: there must be one challenge, of the scheme Bearer`);
  const challenge = challengeOf(reply);
  const realm = challenge.get("realm") ?? "";
  probe.expect(
    /^https?:\/\/.+\/v2\/token$/.test(realm),
    `${what}: the realm is no URL of /v2/token: ${realm}`,
  );
  probe.expect(challenge.has("service"), `${what}: the challenge has no service`);
  probe.expect(
    challenge.get("scope") === scope,
    `${what}: the scope of the challenge is ${challenge.get("scope")}, not ${scope}`,
  );
  probe.expect(
    challenge.get("error") === error,
    `${what}: the error of the challenge is ${challenge.get("error")}, not ${error}`,
  );
}

/** Property of the first error of a reply. */
export function firstError({ text }: WireReply, property: "code" | "message"): unknown {
  const errors = at(json(text), "errors");
  return Array.isArray(errors) ? at(errors[0], property) : undefined;
}

/** Expects an error of the distribution specification. */
export function expectError(
  probe: Probe,
  what: string,
  reply: WireReply,
  { status, code }: { readonly status: number; readonly code: string },
): void {
  probe.expect(reply.status === status, `${what} gets ${reply.status}, not ${status}`);
  const found = firstError(reply, "code");
  probe.expect(found === code, `${what} gets the code ${found}, not ${code}`);
}
