/** Sends the requests of the suite to a gateway, and notes what breaks the contract. */
import { Agent } from "undici";
import type { ReplyValidators } from "../../http/contract.ts";
import { errorText } from "../../model/error-text.ts";
import { type Place, type Problem, placeIn } from "../place.ts";
import { operationOf, replyProblems, type WireReply } from "../reply-check.ts";

/** Addresses of a gateway, and credentials for it. */
export interface Target {
  /** Origin of the calls of Katello and Foreman, such as `https://proxy.example.org:9090`. */
  readonly url: string;
  /** Origin, and prefix if there is one, of the calls of clients. */
  readonly registryUrl: string;
  /** CA of the gateway's certificate, in PEM. */
  readonly ca?: string | undefined;
  /** Foreman's client certificate and its key, in PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  readonly login?: { readonly name: string; readonly password: string } | undefined;
  /** A repository with a tag that the login may pull, and anonymous callers may not. */
  readonly repository?: string | undefined;
  readonly tag: string;
  /** True if Katello's syncs may be sent: they replace the lists and grants of the gateway. */
  readonly mayReplace: boolean;
}

/** One request. */
export interface ProbeRequest {
  readonly method: string;
  /** Path and query below the URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** True to show Foreman's certificate. */
  readonly asForeman?: boolean;
}

/** Time that a reply may take: Katello itself waits as long. */
const REPLY_TIMEOUT_MS = 60_000;

/** The gateway under test, with the problems of the current case. */
export class Probe {
  readonly target: Target;
  readonly #validators: ReplyValidators;
  readonly #plain: Agent;
  readonly #foreman: Agent;
  #problems: Problem[] = [];
  /** Finds the place of the last reply, which the cases judge; the file is read for a problem only. */
  #lastPlace: () => Place | undefined = () => undefined;
  #token: Promise<string> | undefined;

  constructor(target: Target, validators: ReplyValidators) {
    this.target = target;
    this.#validators = validators;
    const ca = target.ca === undefined ? {} : { ca: target.ca };
    const options = { headersTimeout: REPLY_TIMEOUT_MS, bodyTimeout: REPLY_TIMEOUT_MS };
    this.#plain = new Agent({ ...options, connect: ca });
    this.#foreman = new Agent({ ...options, connect: { ...ca, ...target.certificate } });
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain.close(), this.#foreman.close()]);
  }

  /** Problems since the last call. */
  takeProblems(): readonly Problem[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }

  /** Place in the contract of the last reply; undefined before the first. */
  get lastPlace(): Place | undefined {
    return this.#lastPlace();
  }

  /** Notes a problem unless a condition holds. */
  expect(holds: boolean, problem: string): void {
    if (!holds) this.#problems.push({ text: problem, place: this.lastPlace });
  }

  /** Sends a call of Katello or Foreman. */
  call(request: ProbeRequest): Promise<WireReply> {
    return this.#send(this.target.url, request);
  }

  /** Sends a request of a client. */
  ask(request: ProbeRequest): Promise<WireReply> {
    return this.#send(this.target.registryUrl, request);
  }

  /** Sends a request of a client that has logged in. */
  async askLoggedIn(request: ProbeRequest): Promise<WireReply> {
    const authorization = `Bearer ${await this.token()}`;
    return this.ask({ ...request, headers: { authorization, ...request.headers } });
  }

  /** Logs in once. @throws Error if that fails */
  token(): Promise<string> {
    this.#token ??= this.#logIn();
    return this.#token;
  }

  /** `Authorization` header of the login. */
  get basic(): string {
    const { name = "", password = "" } = this.target.login ?? {};
    return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  }

  async #logIn(): Promise<string> {
    const account = encodeURIComponent(this.target.login?.name ?? "");
    const path = `/v2/token?account=${account}&service=registry`;
    const headers = { authorization: this.basic };
    const { status, text } = await this.ask({ method: "GET", path, headers });
    if (status !== 200) throw new Error(`the login gets ${status}`);
    const { token }: { token?: unknown } = JSON.parse(text);
    if (typeof token !== "string") throw new Error("the login gets no token");
    return token;
  }

  async #send(base: string, request: ProbeRequest): Promise<WireReply> {
    const { method, path, headers = {}, body, asForeman = false } = request;
    const { origin, pathname } = new URL(base);
    const target = pathname.replace(/\/$/, "") + path;
    const agent = asForeman ? this.#foreman : this.#plain;
    const received = await agent
      .request({ origin, method, path: target, headers, body: body ?? null })
      .catch((cause: unknown) => {
        throw new Error(`${method} ${target}: ${errorText(cause)}`, { cause });
      });
    const { statusCode: status } = received;
    const reply = { status, headers: received.headers, text: await received.body.text() };
    const operation = operationOf(method, target);
    this.#lastPlace = () => placeIn(operation ?? { path: "", method }, "responses", String(status));
    for (const { text, place } of replyProblems(this.#validators, method, target, reply))
      this.#problems.push({ text: `${method} ${target} -> ${status}: ${text}`, place });
    return reply;
  }
}
