/** A system behind the gateway: one pool of kept-alive connections, a limit on every wait, and faults in clear words. */
import type { Readable } from "node:stream";
import { Pool } from "undici";
import { type Attempt, Breaker, type Report } from "../breaker.ts";
import { isRegistryError, type RegistryError, registryError } from "../errors.ts";
import { Gone, Interest } from "../interest.ts";
import { codeOf } from "../reasons.ts";

/** The certificates that a connection is made with, as PEM. */
export interface UpstreamTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** How an upstream is reached. */
export interface UpstreamOptions {
  /** For messages: Pulp, Katello. */
  readonly name: string;
  readonly origin: string;
  readonly tls: UpstreamTls;
  /** Milliseconds until an answer must begin, and between two pieces of it. */
  readonly timeout: number;
  readonly connections: number;
  /** Questions that wait for a connection, at the most. */
  readonly waiting: number;
  /** Told when it fails for good, and when it is back. */
  readonly report: Report;
}

/** One question. */
export interface Question {
  readonly method: "GET" | "HEAD";
  /** Path and query, built from checked parts only. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Lost when nobody waits for the answer any more. */
  readonly interest?: Interest;
  /** Milliseconds until the answer must begin, if not the usual ones. */
  readonly timeout?: number;
}

/** An answer of which the body is still to be read, or to be dumped. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable & { dump(options: { limit: number }): Promise<void>; text(): Promise<string> };
}

class TooLate extends Error {}

const TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT"]);

/** What a connection says that the other side has closed. */
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Failures in a row after which nobody waits for it any more, and milliseconds from one probe to the next. */
const MOST_FAILURES = 5;
const PAUSE = 1_000;
/** What a proxy says in the place of a system that is away. A 500 comes from somebody who is there. */
const isAway = (status: number): boolean => status >= 502 && status <= 504;

function isTimeout(error: unknown): boolean {
  return TIMEOUTS.has(codeOf(error)) || error instanceof TooLate;
}

/** The value of a header that may come once. */
export function headerOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

export class Upstream {
  readonly name: string;
  readonly #pool: Pool;
  readonly #timeout: number;
  readonly #most: number;
  readonly #breaker: Breaker;
  /** Questions without an answer yet. */
  #open = 0;

  constructor({ name, origin, tls, timeout, connections, waiting, report }: UpstreamOptions) {
    this.name = name;
    this.#breaker = new Breaker({ name, failures: MOST_FAILURES, pause: PAUSE, report });
    this.#timeout = timeout;
    this.#most = connections + waiting;
    const { ca, cert, key } = tls;
    this.#pool = new Pool(origin, {
      connections,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      connect: {
        timeout: 5_000,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
    });
  }

  /**
   * @throws RegistryError UNAVAILABLE with 503 if it can't be reached, has failed again and again, or too many wait; with
   * 504 if it takes too long
   */
  async ask(question: Question): Promise<Answer> {
    if (this.#open >= this.#most) throw this.#refusal(`too many requests wait for ${this.name}`);
    const attempt = this.#breaker.enter();
    if (attempt === undefined) throw this.#refusal(`${this.name} is away`);
    this.#open += 1;
    return this.#attempt(question, attempt);
  }

  async #attempt({ method, path, headers, interest, timeout }: Question, attempt: Attempt): Promise<Answer> {
    // The pool counts its time limits in coarse steps; this one is exact, and ends with the first byte of the answer.
    const signal = new Interest();
    const timer = setTimeout(() => signal.lose(new TooLate()), timeout ?? this.#timeout);
    const stay = interest?.onLost(() => signal.lose());
    const question = { method, path, headers, signal };
    try {
      const { statusCode, headers: answered, body } = await this.#request(question);
      // A body that breaks off before anyone reads it must not end the process; who reads it sees it all the same.
      body.on("error", () => undefined);
      if (stay !== undefined) body.once("close", stay);
      if (isAway(statusCode)) attempt.end("bad", new Error(`${this.name} answers ${statusCode}`));
      else attempt.end("good");
      return { status: statusCode, headers: answered, body };
    } catch (cause) {
      stay?.();
      attempt.end(signal.reason instanceof Gone ? "unknown" : "bad", cause);
      throw this.#fault(cause);
    } finally {
      clearTimeout(timer);
      this.#open -= 1;
    }
  }

  /**
   * The text of an answer that is to be understood here.
   * @throws RegistryError UNAVAILABLE with 502 past `limit` bytes, and as `ask` when it breaks off
   */
  async text({ body }: Answer, limit: number): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of body) {
        length += chunk.length;
        if (length > limit) throw this.unusable(`answered with more than ${limit} bytes`);
        chunks.push(chunk);
      }
    } catch (cause) {
      throw isRegistryError(cause) ? cause : this.#fault(cause);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The error for an answer that makes no sense. `problem` goes to the log, the client only hears whose it was. */
  unusable(problem: string): RegistryError {
    return registryError("UNAVAILABLE", {
      status: 502,
      message: `${this.name} gave an answer that can't be used`,
      cause: new Error(`${this.name} ${problem}`),
    });
  }

  /** Whether anything answers there, within two seconds. */
  async reachable(path: string): Promise<boolean> {
    try {
      const answer = await this.ask({ method: "GET", path, headers: {}, timeout: 2_000 });
      await answer.body.dump({ limit: 65_536 });
      return answer.status < 500;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** A kept-alive connection may be closed at the very moment that it is used again: then once more, on another. */
  async #request(question: Parameters<Pool["request"]>[0] & { readonly signal: Interest }) {
    try {
      return await this.#pool.request(question);
    } catch (error) {
      if (!CLOSED.has(codeOf(error)) || question.signal.aborted) throw error;
      return this.#pool.request(question);
    }
  }

  #refusal(message: string): RegistryError {
    return registryError("UNAVAILABLE", { message, headers: { "Retry-After": "2" } });
  }

  #fault(cause: unknown): RegistryError {
    if (isTimeout(cause)) {
      return registryError("UNAVAILABLE", { status: 504, message: `${this.name} took too long`, cause });
    }
    const headers = { "Retry-After": "5" };
    return registryError("UNAVAILABLE", { message: `${this.name} can't be reached`, headers, cause });
  }
}
