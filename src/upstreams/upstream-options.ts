/** How a system behind the gateway is reached. */
import type { CircuitBreaker, Report } from "../resilience/circuit-breaker.ts";
import type { BoundNames } from "./faults.ts";

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
  /** Milliseconds until an answer must begin, or be there if it is short, and between two pieces of it. */
  readonly timeout: number;
  /** Milliseconds in which a connection must be there. */
  readonly connectTimeout: number;
  readonly connections: number;
  /** Questions that wait for a connection, at the most. */
  readonly waiting: number;
  /** The settings that say so, for messages. */
  readonly named: BoundNames;
  /** Told when its circuit breaker opens, and when it closes again. */
  readonly report: Report;
  /** Shared by all connections to the same system; one of its own when left out. */
  readonly breaker?: CircuitBreaker;
}
