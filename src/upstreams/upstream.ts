/** A system behind the gateway: one pool of kept-alive connections, a limit on every wait, and faults in clear words. */
import { Readable } from "node:stream";
import { Pool } from "undici";
import { siteOf } from "../connection/network.ts";
import { errorCode } from "../model/error-text.ts";
import type { RegistryError } from "../model/errors.ts";
import { type Cancellation, Cancelled } from "../resilience/cancellation.ts";
import { type Attempt, CircuitBreaker, type Report } from "../resilience/circuit-breaker.ts";
import { FairSemaphore, turnUnless } from "../resilience/fair-semaphore.ts";
import { Faults, TimedOut } from "./faults.ts";
import { IncomingReply } from "./incoming-reply.ts";
import { drop, type UpstreamReply } from "./reply.ts";
import type { UpstreamOptions } from "./upstream-options.ts";

/** One question. */
export interface UpstreamRequest {
  readonly method: "GET" | "HEAD";
  /** Path and query, built from checked parts only. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Lost when nobody waits for the answer any more. */
  readonly cancellation?: Cancellation;
  /** The address that it is asked for, if the cancellation doesn't say. */
  readonly caller?: string | undefined;
  /** Milliseconds for the answer, if not the usual ones. */
  readonly timeout?: number;
}

/** What a connection says that the other side has closed. */
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Failures in a row after which nobody waits for it any more, and milliseconds from one probe to the next. */
const MAX_FAILURES = 5;
const PROBE_INTERVAL_MS = 1_000;

/** Makes the circuit breaker of a system that several pools lead to. */
export const upstreamBreaker = (name: string, report: Report): CircuitBreaker =>
  new CircuitBreaker({ name, failures: MAX_FAILURES, pause: PROBE_INTERVAL_MS, report });

/** The part of the connections that is kept for callers who hold few of them. */
const RESERVED_FRACTION = 4;

const gone = (): Cancelled => new Cancelled("nobody waits for the answer any more");

/** What a proxy says in the place of a system that is away. A 500 comes from somebody who is there. */
const isAway = (status: number): boolean => status >= 502 && status <= 504;

/** One system behind the gateway. */
export class Upstream {
  readonly name: string;
  readonly #pool: Pool;
  readonly #timeout: number;
  readonly #connections: FairSemaphore;
  readonly #faults: Faults;
  readonly #breaker: CircuitBreaker;

  constructor({ name, origin, tls, timeout, report, ...bounds }: UpstreamOptions) {
    const { connections, waiting, connectTimeout, named } = bounds;
    this.name = name;
    this.#breaker = bounds.breaker ?? upstreamBreaker(name, report);
    this.#timeout = timeout;
    this.#connections = new FairSemaphore({
      slots: connections,
      reserve: Math.floor(connections / RESERVED_FRACTION),
      places: waiting,
      placesPerCaller: Math.ceil(waiting / 2),
    });
    this.#faults = new Faults(name, named);
    const { ca, cert, key } = tls;
    this.#pool = new Pool(origin, {
      connections,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      connect: {
        timeout: connectTimeout,
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
  async request(question: UpstreamRequest): Promise<UpstreamReply> {
    const attempt = this.#breaker.enter();
    if (attempt === undefined) throw this.#faults.away();
    const deadline = performance.now() + (question.timeout ?? this.#timeout);
    const caller = siteOf(question.caller ?? question.cancellation?.address ?? "");
    try {
      if (!this.#connections.tryAcquire(caller)) await this.#turn(caller, question, deadline);
    } catch (error) {
      // What was never sent says nothing of the other side.
      attempt.end("unknown");
      throw error;
    }
    return this.#attempt(question, attempt, deadline, () => this.#connections.release(caller));
  }

  /** Waits for a connection. @throws RegistryError as `ask`, while nothing is sent */
  async #turn(caller: string, { cancellation }: UpstreamRequest, deadline: number): Promise<void> {
    const waiter = this.#connections.wait(caller);
    if (waiter === undefined) throw this.#faults.tooMany();
    try {
      await turnUnless(waiter, (end) => {
        const timer = setTimeout(() => end(new TimedOut()), deadline - performance.now());
        const stay = cancellation?.onCancel(() => end(gone()));
        return () => {
          clearTimeout(timer);
          stay?.();
        };
      });
    } catch (cause) {
      throw this.#faults.of(cause);
    }
  }

  async #attempt(
    question: UpstreamRequest,
    attempt: Attempt,
    deadline: number,
    release: () => void,
  ): Promise<UpstreamReply> {
    let incoming = this.#send(question);
    // The pool counts its time limits in coarse steps; this one is exact.
    const timer = setTimeout(() => incoming.abort(new TimedOut()), deadline - performance.now());
    const leave = () => incoming.abort(gone());
    const stay = question.cancellation?.onCancel(leave);
    try {
      const answer = await incoming.answer.catch((error: unknown) => {
        // A kept-alive connection may be closed at the very moment that it is used again: then once more, on another.
        if (incoming.begun || !CLOSED.has(errorCode(error))) throw error;
        incoming = this.#send(question);
        return incoming.answer;
      });
      if (isAway(answer.status)) attempt.end("bad", new Error(`${this.name} answers ${answer.status}`));
      else attempt.end("good");
      const end = () => {
        stay?.();
        release();
      };
      if (answer.body instanceof Readable && !answer.body.closed) answer.body.once("close", end);
      else end();
      return answer;
    } catch (cause) {
      stay?.();
      release();
      attempt.end(cause instanceof Cancelled ? "unknown" : "bad", cause);
      throw this.#faults.of(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  #send({ method, path, headers }: UpstreamRequest): IncomingReply {
    const incoming = new IncomingReply(method);
    this.#pool.dispatch({ method, path, headers }, incoming);
    return incoming;
  }

  /**
   * The text of an answer that is to be understood here.
   * @throws RegistryError UNAVAILABLE with 502 past `limit` bytes, and as `ask` when it breaks off
   */
  async text({ body }: UpstreamReply, limit: number): Promise<string> {
    const bytes = body instanceof Readable ? await this.#read(body, limit) : body;
    if (bytes.length > limit) throw this.unusable(`answered with more than ${limit} bytes`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }

  /** No more of it than shows that it is longer than `limit`. */
  async #read(body: Readable, limit: number): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of body) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > limit) break;
      }
    } catch (cause) {
      throw this.#faults.of(cause);
    }
    return Buffer.concat(chunks);
  }

  /** The error for an answer that makes no sense. `problem` goes to the log, the client only hears whose it was. */
  unusable(problem: string): RegistryError {
    return this.#faults.unusable(problem);
  }

  /** Whether anything answers there, within two seconds. */
  async reachable(path: string): Promise<boolean> {
    try {
      const answer = await this.request({ method: "GET", path, headers: {}, timeout: 2_000 });
      await drop(answer, 65_536);
      return answer.status < 500;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
