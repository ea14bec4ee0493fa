/** What the gateway asks of Katello, which runs in Foreman: whose credentials these are, and what they may pull. */
import { z } from "zod";
import { unavailable } from "../errors.ts";
import type { IssuedToken, LoginQuestion } from "../logins.ts";
import { type Answer, drop, headerOf } from "./answer.ts";
import type { Upstream } from "./upstream.ts";

const LONGEST_TOKEN = 65_536;
const LONGEST_CATALOG = 32 * 1024 * 1024;
/** What the distribution specification says of a token without a lifetime. */
const USUAL_LIFETIME = 60;

const TokenAnswer = z.object({
  token: z.string().min(1).max(4096),
  expires_in: z.number().positive().optional(),
  issued_at: z.string().optional(),
});
const CatalogAnswer = z.object({ repositories: z.array(z.string().max(255)) });

/**
 * How long a token still lives by Katello's own clock, which needn't agree with ours: its `Date` less `issued_at`.
 */
function secondsLeft(
  { expires_in = USUAL_LIFETIME, issued_at }: z.infer<typeof TokenAnswer>,
  answer: Answer,
): number {
  const now = Date.parse(headerOf(answer, "date") ?? "");
  const issued = Date.parse(issued_at ?? "");
  const age = Number.isNaN(now) || Number.isNaN(issued) ? 0 : Math.max(0, (now - issued) / 1000);
  return expires_in - age;
}

/** Asks Katello who somebody is, and what they may pull. */
export class Foreman {
  readonly #upstream: Upstream;
  readonly #base: string;

  /** @param base `katello_registry_path`, with its slashes */
  constructor(upstream: Upstream, base: string) {
    this.#upstream = upstream;
    this.#base = base;
  }

  /** @returns undefined if Katello refuses the credentials */
  async login({ authorization, name, requestId }: LoginQuestion): Promise<IssuedToken | undefined> {
    // The account makes Katello check the password. A scope could keep it from that: for a repository that is open to
    // all it gives the anonymous token, whatever the password.
    const query = new URLSearchParams({ account: name });
    const answer = await this.#get(`token?${query}`, { authorization, "x-request-id": requestId });
    const { status } = answer;
    const text = await this.#upstream.text(answer, LONGEST_TOKEN);
    if (status === 401 || status === 403) return undefined;
    const told = this.#parse(TokenAnswer, status, text);
    if (told.token === "unauthorized") return undefined;
    const left = secondsLeft(told, answer);
    if (left < 1) throw this.#upstream.unusable("issues tokens that have run out already");
    return { token: told.token, secondsLeft: left };
  }

  /**
   * The names of the repositories that these credentials may pull.
   * @throws RegistryError UNAVAILABLE if Katello can't be asked, or refuses the credentials
   */
  async catalog(authorization: string, requestId: string): Promise<string[]> {
    const answer = await this.#get("_catalog", { authorization, "x-request-id": requestId });
    const text = await this.#upstream.text(answer, LONGEST_CATALOG);
    return this.#parse(CatalogAnswer, answer.status, text).repositories;
  }

  /**
   * Whether a token is good: Katello's entry, like ours, is open to good tokens only.
   * @throws RegistryError if that can't be said now
   */
  async vouchesFor(token: string, requestId: string): Promise<boolean> {
    const authorization = `Bearer ${token}`;
    const answer = await this.#get("", { authorization, "x-request-id": requestId });
    await drop(answer, LONGEST_TOKEN);
    if (answer.status !== 200 && answer.status !== 401)
      throw this.#upstream.unusable(`answers ${answer.status} to a token`);
    return answer.status === 200;
  }

  /**
   * The names of the repositories that a host may pull; undefined if Katello doesn't know the host. Katello believes the
   * header: the uuid must come from a certificate that was verified here.
   */
  async hostCatalog(uuid: string, requestId: string): Promise<string[] | undefined> {
    const answer = await this.#get("_catalog", { hostuuid: uuid, "x-request-id": requestId });
    const text = await this.#upstream.text(answer, LONGEST_CATALOG);
    if (answer.status === 404) return undefined;
    return this.#parse(CatalogAnswer, answer.status, text).repositories;
  }

  /** Whether Katello's registry answers. */
  reachable(): Promise<boolean> {
    return this.#upstream.reachable(`${this.#base}token`);
  }

  /**
   * What is to be said of Katello to an operator.
   * @throws RegistryError if its registry doesn't answer as one
   */
  async greet(): Promise<string> {
    const answer = await this.#get("token", {});
    const { token } = this.#parse(
      TokenAnswer,
      answer.status,
      await this.#upstream.text(answer, LONGEST_TOKEN),
    );
    return `its registry answers; strangers get the token ${JSON.stringify(token.slice(0, 20))}`;
  }

  #get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#upstream.ask({
      method: "GET",
      path: this.#base + path,
      headers: { accept: "application/json", ...headers },
    });
  }

  /** Katello's answers count only once they are what they should be: no web page is taken for an empty list. */
  #parse<T>(schema: z.ZodType<T>, status: number, text: string): T {
    if (status === 429) throw unavailable("Katello asks for patience", 5);
    if (status !== 200) throw this.#upstream.unusable(`answers ${status}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#upstream.unusable("answers with something else than JSON");
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success)
      throw this.#upstream.unusable(`answers with unexpected JSON: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }
}
