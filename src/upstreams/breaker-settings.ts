/** Circuit breakers of upstreams. */
import { CircuitBreaker, type Report } from "../resilience/circuit-breaker.ts";

/** Failures in a row that open the circuit breaker, and the time between two probes. */
const MAX_FAILURES = 5;
const PROBE_INTERVAL_MS = 1_000;

/** Creates a circuit breaker, which pools of the same system may share. */
export const upstreamBreaker = (name: string, report: Report): CircuitBreaker =>
  new CircuitBreaker({ name, maxFailures: MAX_FAILURES, probeIntervalMs: PROBE_INTERVAL_MS, report });
