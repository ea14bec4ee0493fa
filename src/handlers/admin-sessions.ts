/** Sessions of administrators' browsers: links, sign-in, sign-out. */
import { signInNeeded } from "../admin/sessions/authenticate.ts";
import type { Session } from "../admin/sessions/session-cookie.ts";
import type { OpenSession } from "../admin/sessions/sessions.ts";
import type { ForemanCredentials, SignInClient } from "../admin/sessions/sign-in.ts";
import { LINK_LIFETIME_S } from "../admin/sessions/sign-in-links.ts";
import { registryError } from "../model/errors.ts";
import type { Handlers } from "../model/operations.ts";

/** Dependencies of the handlers of sessions. */
export interface AdminSessionOptions {
  readonly sessions: {
    makeLink(): string;
    find(cookie: string | undefined): Promise<Session | undefined>;
    renew(session: Session): Promise<OpenSession>;
    end(session: Session): Promise<string>;
  };
  readonly signIn: {
    withAccount(credentials: ForemanCredentials, client: SignInClient): Promise<OpenSession>;
    withLink(code: string, client: SignInClient): Promise<OpenSession>;
  };
  /** URLs of `admin_listen` for browsers. */
  readonly adminUrls: () => readonly string[];
}

type AdminSessionHandlers = Pick<Handlers, "postSignInLink" | "getSession" | "postSession" | "deleteSession">;

const replyWith = ({ cookie, ...body }: OpenSession) =>
  ({ status: 200, headers: { "Set-Cookie": cookie }, body }) as const;

/** Creates the handlers of sessions. */
export function createAdminSessions({
  sessions,
  signIn,
  adminUrls,
}: AdminSessionOptions): AdminSessionHandlers {
  return {
    postSignInLink: async () => {
      const urls = adminUrls();
      if (urls.length === 0)
        throw registryError("REQUEST_INVALID", {
          message: "no browser can reach the gateway: add http://127.0.0.1:9444 to admin_listen, and reload",
        });
      const code = sessions.makeLink();
      const body = { urls: urls.map((url) => `${url}/ui/#link=${code}`), seconds: LINK_LIFETIME_S };
      return { status: 200, body };
    },
    getSession: async ({ headers, caller }) => {
      const session = await sessions.find(headers.cookie);
      if (session !== undefined) return replyWith(await sessions.renew(session));
      return { status: 200, body: { name: caller.name, by: "connection" } };
    },
    postSession: async ({ caller, headers, requestId, address }) => {
      const client = { requestId, address, secure: headers.origin?.startsWith("https:") === true };
      if (caller.kind === "login") return replyWith(await signIn.withAccount(caller, client));
      const code = headers["x-sign-in-code"]?.toString();
      if (code === undefined) throw signInNeeded("name an account of Foreman, or the code of a link");
      return replyWith(await signIn.withLink(code, client));
    },
    deleteSession: async ({ headers }) => {
      const session = await sessions.find(headers.cookie);
      const body = { text: session === undefined ? "there was no session" : "signed out" };
      if (session === undefined) return { status: 200, body };
      return { status: 200, headers: { "Set-Cookie": await sessions.end(session) }, body };
    },
  };
}
