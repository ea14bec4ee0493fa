/** The state of a gateway, and what is wrong now. */
import type { components } from "../generated/openapi.ts";
import type { AuditLogHealth } from "../logs/audit.ts";
import { isFailed, missedSince } from "../model/syncs.ts";
import { VERSION } from "../model/version.ts";
import { type CertificateSettings, type CertificateState, certificateStates } from "./certificates.ts";
import type { WorkerGroup } from "./workers.ts";

type Schemas = components["schemas"];
/** A status, in the form of the contract. */
export type Status = Schemas["Status"];
type Problem = Schemas["Problem"];
type SyncRecord = Schemas["SyncRecord"];

/** A system behind the gateway. */
export interface System {
  readonly name: string;
  readonly probe: { reachable(): Promise<boolean> };
  readonly breaker: { readonly open: boolean };
}

/** Data of the status. */
export interface StatusOptions {
  readonly settings: CertificateSettings;
  readonly systems: readonly System[];
  readonly feed: { readonly connected: boolean; readonly inGracePeriod: boolean };
  readonly overview: { counts(): Promise<NonNullable<Status["counts"]>> };
  /** Last sync of each kind; rejects while the database is unreachable. */
  readonly syncs: { last(): Promise<SyncRecord[]> };
  readonly firstSync: { check(): Promise<boolean> };
  /** Other roles of PostgreSQL that may change the tables. */
  readonly foreignWriters: { list(): Promise<string[]> };
  readonly workers: WorkerGroup;
}

/** Days before the end of a certificate from which on it is a problem. */
const MAX_WARNING_DAYS = 30;

const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();

/** Tells the state of the gateway. */
export class StatusReport {
  readonly #options: StatusOptions;

  constructor(options: StatusOptions) {
    this.#options = options;
  }

  /** Never rejects for a system that is down: that is what it reports. */
  async status(): Promise<Status> {
    const { settings, overview, syncs, firstSync, foreignWriters, workers } = this.#options;
    const [counts, last, hasSynced, otherWriters, upstreams, reports] = await Promise.all([
      overview.counts().catch(() => undefined),
      syncs.last().catch(() => undefined),
      firstSync.check().catch(() => true),
      foreignWriters.list().catch(() => []),
      this.#upstreams(),
      workers.ask("state", undefined),
    ]);
    const state = {
      database: last === undefined ? ("down" as const) : ("up" as const),
      change_feed: this.#feed(),
      upstreams,
      syncs: last ?? [],
      refused_syncs: reports.flatMap(({ refusedSyncs }) => refusedSyncs),
      certificates: certificateStates(settings),
    };
    const problems = problemsOf(state, {
      hasSynced,
      otherWriters,
      lockouts: counts?.lockouts ?? 0,
      auditLogs: reports.map(({ auditLog }) => auditLog),
    });
    return {
      status: problems.length === 0 ? "ok" : "degraded",
      version: VERSION,
      started_at: startedAt,
      problems,
      ...state,
      ...(counts === undefined ? {} : { counts }),
      workers: reports.map(({ state: one }) => one).sort((one, other) => one.pid - other.pid),
    };
  }

  #feed(): Status["change_feed"] {
    const { connected, inGracePeriod } = this.#options.feed;
    if (connected) return "connected";
    return inGracePeriod ? "grace" : "disconnected";
  }

  async #upstreams(): Promise<Status["upstreams"]> {
    return Promise.all(
      this.#options.systems.map(async ({ name, probe, breaker }) => ({
        name,
        state: (await probe.reachable()) ? ("up" as const) : ("down" as const),
        breaker: breaker.open ? ("open" as const) : ("closed" as const),
      })),
    );
  }
}

const CHECK = "run `container-gateway check`, and see the log";

function problemsOf(
  {
    database,
    change_feed,
    upstreams,
    syncs,
    refused_syncs,
    certificates,
  }: Pick<Status, "database" | "change_feed" | "upstreams" | "syncs" | "refused_syncs" | "certificates">,
  {
    hasSynced,
    otherWriters,
    lockouts,
    auditLogs,
  }: {
    readonly hasSynced: boolean;
    readonly otherWriters: readonly string[];
    readonly lockouts: number;
    /** Of each worker. */
    readonly auditLogs: readonly AuditLogHealth[];
  },
): Problem[] {
  const problems: Problem[] = [];
  const add = (text: string, advice: string) => void problems.push({ text, advice });
  if (database === "down") add("PostgreSQL can't be queried", CHECK);
  if (change_feed !== "connected")
    add("the change feed is disconnected: every decision is a query to PostgreSQL", CHECK);
  for (const { name, state, breaker } of upstreams) {
    if (breaker === "open") add(`the circuit breaker of ${name} is open`, CHECK);
    else if (state === "down") add(`${name} does not reply`, CHECK);
  }
  if (!hasSynced)
    add("Katello has never sent its list of repositories: pulls are 503", "sync the Smart Proxy in Foreman");
  for (const role of otherWriters)
    add(
      `the role ${role} of PostgreSQL may change the gateway's tables`,
      "take its privileges away: REVOKE, see `check`",
    );
  for (const { kind, outcome, at } of syncs.filter(isFailed))
    add(`the last sync of ${kind} failed at ${at}: ${outcome}`, "sync the Smart Proxy in Foreman again");
  const missed = missedSince(syncs);
  if (missed !== undefined)
    add(
      `Katello has not synced for a day: the last list of repositories came at ${missed}`,
      "sync the Smart Proxy in Foreman, and see whether its tasks fail there",
    );
  for (const { name, why, at } of refused_syncs)
    add(
      `calls of ${name} are refused, the last one at ${at}: ${why}`,
      "if this is Foreman, see trusted_hosts and ssl_ca_file",
    );
  problems.push(...auditLogProblem(auditLogs), ...certificates.flatMap(certificateProblem));
  if (lockouts > 0)
    add(
      lockouts === 1
        ? "an account, an address or the gateway is locked out after failed logins"
        : `${lockouts} accounts, addresses or gateways are locked out after failed logins`,
      "they are unlocked after five minutes, or by `container-gateway unlock`",
    );
  return problems;
}

function auditLogProblem(auditLogs: readonly AuditLogHealth[]): Problem[] {
  if (!auditLogs.some(({ isFailing }) => isFailing)) return [];
  const dropped = auditLogs.reduce((sum, { droppedLines }) => sum + droppedLines, 0);
  const loss = dropped === 0 ? "lines wait in memory" : `${dropped} lines have been dropped`;
  return [
    {
      text: `the audit log can't be written: ${loss}`,
      advice:
        "make room on the file system of audit_log, or let the service write there; the log has the error",
    },
  ];
}

function certificateProblem({ setting, subject, days_left }: CertificateState): Problem[] {
  if (days_left >= MAX_WARNING_DAYS) return [];
  const text =
    days_left < 0
      ? `the certificate ${subject} has expired`
      : `the certificate ${subject} ends in ${days_left} days`;
  return [{ text, advice: `install a new one, and name its file in ${setting}` }];
}
