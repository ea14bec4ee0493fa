/** Replies to refused and failed requests, and says in the logs and the metrics why. */
import type { Logger } from "pino";
import type { TrustedHosts } from "../auth/trusted-hosts.ts";
import { peerOf } from "../connection/peer.ts";
import type { Operation } from "../generated/operations.ts";
import type { RequestMetrics } from "../metrics/metrics.ts";
import type { Audit } from "../model/audit-events.ts";
import { errorReply, limitOf } from "../model/errors.ts";
import type { RefusedCall } from "../model/syncs.ts";
import { deniedDecision } from "./audited.ts";
import type { Exchange } from "./exchange.ts";
import { LimitNotices } from "./limits/limit-notices.ts";
import type { AnyReply } from "./replies.ts";

/** Log, audit log and metrics of refusals. */
export interface RefusalOptions {
  readonly audit: Audit;
  readonly log: Logger;
  readonly metrics: Pick<RequestMetrics, "refused">;
  readonly trustedHosts: Pick<TrustedHosts, "commonNameOf">;
  /** Called for a call of Katello that has been refused before its handler. */
  readonly onRefusedSync: (call: RefusedCall) => void;
}

/** True if the contract declares a status for an operation. An undeclared status is a bug and is replaced by a 500. */
const isDeclared = (operation: Operation | undefined, status: number): boolean =>
  operation === undefined || operation.statuses.some((known) => known === status);

/**
 * True for a call of Katello by somebody who is not trusted and shows a certificate, of whom the operator has to hear. The
 * failures of Katello's own syncs are logged with what was wrong with them.
 */
const isRefusedSync = ({ operation, caller, request }: Exchange): boolean =>
  operation?.tag === "katello" &&
  caller?.kind !== "administrator" &&
  peerOf(request).certificate !== undefined;

/** The common name of a host's certificate. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Refusals of one API. */
export class Refusals {
  readonly #options: RefusalOptions;
  readonly #limitNotices: LimitNotices;

  constructor(options: RefusalOptions) {
    this.#options = options;
    this.#limitNotices = new LimitNotices(options.log);
  }

  /** Returns the reply to a request that ended with an error, after recording it. */
  replyTo(exchange: Exchange, error: unknown): AnyReply {
    const { requestId, operation } = exchange;
    const { audit, log, metrics } = this.#options;
    const decision = deniedDecision(exchange, error);
    if (decision !== undefined) audit(decision);
    const isSync = isRefusedSync(exchange);
    if (isSync) this.#noteRefusedSync(exchange, error);
    const result = errorReply(error, requestId);
    const reply = isDeclared(operation, result.status) ? result : errorReply(undefined, requestId);
    const entry = { request_id: requestId, err: error };
    const limit = limitOf(error);
    if (limit !== undefined) {
      metrics.refused(limit);
      this.#limitNotices.refused(limit, entry);
      if (isSync) log.error(entry, "sync refused");
    }
    // A failure after the client has disconnected is no error.
    else if (reply.status >= 500 && !exchange.response.destroyed) log.error(entry, "request failed");
    else if (isSync) log.error(entry, "sync refused");
    else log.debug(entry, "request refused");
    return reply;
  }

  /** Passes a refused sync on to be recorded. A host, which has a certificate as well, sends none. */
  #noteRefusedSync({ request, requestId, operation }: Exchange, error: unknown): void {
    const { trustedHosts, onRefusedSync } = this.#options;
    const caller = trustedHosts.commonNameOf(peerOf(request));
    if (operation !== undefined && caller !== undefined && !UUID.test(caller))
      onRefusedSync({ operation: operation.id, caller, requestId, error });
  }
}
