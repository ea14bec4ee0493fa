/** Session of a browser, as the text of its cookie: JSON and a keyed hash of it, which every worker can check. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** A session. Times are in milliseconds since the epoch. */
export interface Session {
  readonly id: string;
  /** Login of an administrator in Foreman, or `link`. */
  readonly name: string;
  readonly by: "foreman" | "link";
  /** True for a browser that signed in over TLS. */
  readonly secure: boolean;
  readonly openedAt: number;
  readonly renewedAt: number;
}

const COOKIE = "container_gateway_session";

/** Time after which a session ends without a renewal. */
export const IDLE_MS = 8 * 60 * 60 * 1000;
/** Time after which a session ends in any case: the account may be no administrator any more. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Time at which a session ends if it is not renewed. */
export const endOf = ({ openedAt, renewedAt }: Session): number =>
  Math.min(renewedAt + IDLE_MS, openedAt + MAX_AGE_MS);

const hashOf = (text: string, key: string): Buffer => createHmac("sha256", key).update(text).digest();

const attributes = (secure: boolean): string =>
  `; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;

/** Header that gives a session to a browser. */
export function cookieOf(session: Session, key: string): string {
  const text = Buffer.from(JSON.stringify(session)).toString("base64url");
  const maxAge_s = Math.floor((endOf(session) - Date.now()) / 1000);
  const value = `${text}.${hashOf(text, key).toString("base64url")}`;
  return `${COOKIE}=${value}; Max-Age=${maxAge_s}${attributes(session.secure)}`;
}

/** Header that takes the session from a browser. */
export const endedCookie = (secure: boolean): string => `${COOKIE}=; Max-Age=0${attributes(secure)}`;

/** Reads a session from a `Cookie` header; undefined if there is none that this gateway has given and that has not ended. */
export function sessionIn(header: string | undefined, key: string): Session | undefined {
  const value = header
    ?.split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
  const [text = "", hash = ""] = value?.split(".") ?? [];
  const expected = hashOf(text, key);
  const given = Buffer.from(hash, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const session: Session = JSON.parse(Buffer.from(text, "base64url").toString());
  return endOf(session) > Date.now() ? session : undefined;
}
