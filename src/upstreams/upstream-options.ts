/** Settings of an upstream. */
import type { CircuitBreaker, Report } from "../resilience/circuit-breaker.ts";
import type { BoundNames } from "./faults.ts";

/** Certificates and key of a connection, as PEM. */
export interface UpstreamTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Called for each request when its reply begins, or fails. @param result a status, `timeout`, `cancelled` or `error` */
export type UpstreamObserver = (upstream: string, result: string, seconds: number) => void;

/** Called for each chunk of a reply that is a stream. @param streamed bytes of the stream up to now, with those of the chunk */
export type StreamObserver = (bytes: number, streamed: number) => void;

/** Settings and dependencies of an upstream. */
export interface UpstreamOptions {
  /** Name in messages: Pulp, Katello. */
  readonly name: string;
  readonly origin: string;
  readonly tls: UpstreamTls;
  /** Timeout until a reply begins (or ends, if it is short), and between two chunks of it. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
  /** Requests that may wait for a connection, at most. */
  readonly maxWaiting: number;
  /** Names of the settings of these bounds, for messages. */
  readonly boundNames: BoundNames;
  /** Called when the circuit breaker opens, and when it closes. */
  readonly report: Report;
  /** Shared by all pools of the same system; a new one by default. */
  readonly breaker?: CircuitBreaker;
  readonly onReply?: UpstreamObserver;
  readonly onStreamed?: StreamObserver;
  /** Returns the `traceparent` of the request with an id; for systems whose clients do not set it themselves. */
  readonly traceOf?: (requestId: string) => string | undefined;
}
