/** Sessions of administrators' browsers, in all workers of a gateway. */
import { randomUUID } from "node:crypto";
import { BoundedMap } from "../../resilience/bounded-map.ts";
import type { WorkerGroup } from "../workers.ts";
import { cookieOf, endedCookie, endOf, type Session, sessionIn } from "./session-cookie.ts";
import { SignInLinks } from "./sign-in-links.ts";

/** Sessions that have been ended before their time. */
const MAX_ENDED = 10_000;

/** A session in the form of the contract, and the cookie that carries it on. */
export interface OpenSession {
  readonly name: string;
  readonly by: Session["by"];
  readonly idle_until: string;
  readonly cookie: string;
}

/** Opens, finds and ends sessions. Cookies are signed with a secret that the workers share. */
export class Sessions {
  readonly #workers: WorkerGroup;
  readonly #links = new SignInLinks();
  readonly #ended = new BoundedMap<string, true>(MAX_ENDED);
  #secret: Promise<string> | undefined;

  constructor(workers: WorkerGroup) {
    this.#workers = workers;
  }

  /** Answers for this worker. */
  readonly answers = {
    "use-link": async ({ code }: { readonly code: string }) => this.#links.use(code),
    "end-session": async ({ id }: { readonly id: string }): Promise<true> => {
      this.#ended.set(id, true);
      return true;
    },
    "ended-sessions": async () => [...this.#ended.keys()],
  };

  /** Makes the code of a link. */
  makeLink(): string {
    return this.#links.make();
  }

  /** Uses the code of a link up, whichever worker made it. */
  async useLink(code: string): Promise<boolean> {
    return (await this.#workers.ask("use-link", { code })).includes(true);
  }

  /** Opens a session. @param secure true for a browser that is connected over TLS */
  open(name: string, by: Session["by"], secure: boolean): Promise<OpenSession> {
    const now = Date.now();
    return this.#opened({ id: randomUUID(), name, by, secure, openedAt: now, renewedAt: now });
  }

  /** Finds the session of a `Cookie` header. */
  async find(cookie: string | undefined): Promise<Session | undefined> {
    if (cookie === undefined) return undefined;
    const session = sessionIn(cookie, await this.#key());
    return session === undefined || this.#ended.has(session.id) ? undefined : session;
  }

  /** Begins the idle time of a session anew. */
  renew(session: Session): Promise<OpenSession> {
    return this.#opened({ ...session, renewedAt: Date.now() });
  }

  /** Ends a session at all workers. @returns the cookie that says so */
  async end({ id, secure }: Session): Promise<string> {
    await this.#workers.ask("end-session", { id });
    return endedCookie(secure);
  }

  /** True until a session has ended. */
  isOpen(session: Session): boolean {
    return !this.#ended.has(session.id) && endOf(session) > Date.now();
  }

  async #opened(session: Session): Promise<OpenSession> {
    const cookie = cookieOf(session, await this.#key());
    return {
      name: session.name,
      by: session.by,
      idle_until: new Date(endOf(session)).toISOString(),
      cookie,
    };
  }

  #key(): Promise<string> {
    this.#secret ??= this.#join();
    return this.#secret;
  }

  /** Gets the secret, and learns which sessions have been ended before this worker started. */
  async #join(): Promise<string> {
    for (const id of (await this.#workers.ask("ended-sessions", undefined)).flat()) this.#ended.set(id, true);
    return this.#workers.secret();
  }
}
