/** A client of an upstream: a pool of kept-alive connections with fair shares, timeouts and a circuit breaker. */
import { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { Pool } from "undici";
import { siteOf } from "../connection/network.ts";
import { errorCode } from "../model/error-text.ts";
import type { RegistryError } from "../model/errors.ts";
import { acquireUnless } from "../resilience/acquire-unless.ts";
import { type Cancellation, Cancelled } from "../resilience/cancellation.ts";
import type { Attempt, CircuitBreaker } from "../resilience/circuit-breaker.ts";
import { FairSemaphore } from "../resilience/fair-semaphore.ts";
import { upstreamBreaker } from "./breaker-settings.ts";
import { Faults, TimedOut } from "./faults.ts";
import { IncomingReply } from "./incoming-reply.ts";
import { drop, readBody, type UpstreamReply } from "./reply.ts";
import type { StreamObserver, UpstreamObserver, UpstreamOptions } from "./upstream-options.ts";

/** A request to an upstream. */
export interface UpstreamRequest {
  readonly method: "GET" | "HEAD";
  /** Path and query, built from validated parts only. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Cancelled when all clients have disconnected. */
  readonly cancellation?: Cancellation;
  /** Address of the client, if the cancellation does not have it. */
  readonly caller?: string | undefined;
  /** Timeout of this request; that of the upstream by default. */
  readonly timeoutMs?: number;
  /** True if the client decides how much work it is: a timeout then tells nothing about the upstream. */
  readonly isQuery?: boolean;
}

/** Error codes of a connection that the upstream has closed. */
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Fraction (1 in 4) of the connections that is reserved for callers that hold few of them. */
const RESERVED_FRACTION = 4;

const clientsDisconnected = (): Cancelled => new Cancelled("all clients have disconnected");

/** Returns true for statuses that a reverse proxy sends if the system is down. A 500 comes from the system itself. */
const isOutage = (status: number): boolean => status >= 502 && status <= 504;

/** Result of a request that failed, for metrics. */
function resultOf(cause: unknown): string {
  if (cause instanceof Cancelled) return "cancelled";
  return cause instanceof TimedOut ? "timeout" : "error";
}

/** Client of one upstream. */
export class Upstream {
  readonly name: string;
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #connections: FairSemaphore;
  readonly #faults: Faults;
  readonly #breaker: CircuitBreaker;
  readonly #onReply: UpstreamObserver | undefined;
  readonly #onStreamed: StreamObserver | undefined;
  readonly #traceOf: UpstreamOptions["traceOf"];

  constructor({ name, origin, tls, timeoutMs, report, ...bounds }: UpstreamOptions) {
    const { maxConnections, maxWaiting, connectTimeoutMs, boundNames } = bounds;
    this.name = name;
    this.#onReply = bounds.onReply;
    this.#onStreamed = bounds.onStreamed;
    this.#traceOf = bounds.traceOf;
    this.#breaker = bounds.breaker ?? upstreamBreaker(name, report);
    this.#timeoutMs = timeoutMs;
    this.#connections = new FairSemaphore({
      slots: maxConnections,
      reservedSlots: Math.floor(maxConnections / RESERVED_FRACTION),
      maxWaiting,
      maxWaitingPerCaller: Math.ceil(maxWaiting / 2),
    });
    this.#faults = new Faults(name, boundNames);
    this.#pool = new Pool(origin, {
      connections: maxConnections,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // Made once for all connections: to read a system's bundle of authorities takes 40 ms.
      connect: {
        timeout: connectTimeoutMs,
        ...(origin.startsWith("https:") ? { secureContext: createSecureContext(tls) } : {}),
      },
    });
  }

  /**
   * Sends a request.
   * @throws RegistryError UNAVAILABLE with 503 if the upstream can't be reached, its circuit breaker is open, or too many
   * requests wait; with 504 after a timeout
   */
  async request(request: UpstreamRequest): Promise<UpstreamReply> {
    const attempt = this.#breaker.enter();
    if (attempt === undefined) throw this.#faults.breakerOpen();
    const deadline = performance.now() + (request.timeoutMs ?? this.#timeoutMs);
    let caller = siteOf(request.caller ?? request.cancellation?.address ?? "");
    try {
      if (!this.#connections.tryAcquire(caller)) caller = await this.#acquire(caller, request, deadline);
    } catch (error) {
      // A request that was not sent tells nothing about the upstream.
      attempt.end("unknown");
      throw error;
    }
    return this.#attempt(request, attempt, deadline, () => this.#connections.release(caller));
  }

  /** Waits for a connection, and returns the caller whose turn it was. @throws RegistryError as `request` */
  async #acquire(caller: string, { cancellation }: UpstreamRequest, deadline: number): Promise<string> {
    const waiter = this.#connections.wait(caller);
    if (waiter === undefined) throw this.#faults.tooMany();
    const leave = cancellation?.onJoin((address = "") => waiter.join(siteOf(address)));
    try {
      return await acquireUnless(waiter, (end) => {
        const timer = setTimeout(() => end(new TimedOut()), deadline - performance.now());
        const unsubscribe = cancellation?.onCancel(() => end(clientsDisconnected()));
        return () => {
          clearTimeout(timer);
          unsubscribe?.();
        };
      });
    } catch (cause) {
      throw this.#faults.of(cause);
    } finally {
      leave?.();
    }
  }

  async #attempt(
    request: UpstreamRequest,
    attempt: Attempt,
    deadline: number,
    release: () => void,
  ): Promise<UpstreamReply> {
    const startedAt = performance.now();
    const observe = (result: string) =>
      this.#onReply?.(this.name, result, (performance.now() - startedAt) / 1000);
    let incoming = this.#send(request);
    // The timeouts of undici's pool are coarse; this one is exact.
    const timer = setTimeout(() => incoming.abort(new TimedOut()), deadline - performance.now());
    const unsubscribe = request.cancellation?.onCancel(() => incoming.abort(clientsDisconnected()));
    try {
      const reply = await incoming.reply.catch((error: unknown) => {
        // The upstream may close a kept-alive connection just when it is reused: retry once on another one.
        if (incoming.begun || !CLOSED.has(errorCode(error))) throw error;
        incoming = this.#send(request);
        return incoming.reply;
      });
      observe(String(reply.status));
      if (!isOutage(reply.status)) attempt.end("success");
      else if (reply.status === 504 && request.isQuery) attempt.end("unknown");
      else attempt.end("failure", new Error(`${this.name} replies ${reply.status}`));
      const end = () => {
        unsubscribe?.();
        release();
      };
      if (reply.body instanceof Readable && !reply.body.closed) reply.body.once("close", end);
      else end();
      return reply;
    } catch (cause) {
      unsubscribe?.();
      release();
      const isUnknown = cause instanceof Cancelled || (cause instanceof TimedOut && request.isQuery);
      attempt.end(isUnknown ? "unknown" : "failure", cause);
      observe(resultOf(cause));
      throw this.#faults.of(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  #send({ method, path, headers }: UpstreamRequest): IncomingReply {
    const incoming = new IncomingReply(method, this.#onStreamed);
    const traceparent = this.#traceOf?.(headers["x-request-id"] ?? "");
    const traced = traceparent === undefined ? headers : { ...headers, traceparent };
    this.#pool.dispatch({ method, path, headers: traced }, incoming);
    return incoming;
  }

  /**
   * Reads the body of a reply as text.
   * @throws RegistryError UNAVAILABLE with 502 if it has more than `limit` bytes, and as `request` if it breaks off
   */
  async text({ body }: UpstreamReply, limit: number): Promise<string> {
    const bytes = await readBody(body, limit).catch((cause: unknown) => {
      throw this.#faults.of(cause);
    });
    if (bytes.length > limit) throw this.unusable(`sent more than ${limit} bytes`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }

  /** Makes the error for an unusable reply. `problem` is logged; the client only sees the name of the upstream. */
  unusable(problem: string): RegistryError {
    return this.#faults.unusable(problem);
  }

  /** Resolves to true if the upstream replies within two seconds, with a status below 500. */
  async reachable(path: string): Promise<boolean> {
    try {
      const reply = await this.request({ method: "GET", path, headers: {}, timeoutMs: 2_000 });
      await drop(reply, 65_536);
      return reply.status < 500;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
