/** Assembles what operators see and do. */
import type { Logger } from "pino";
import { type FailureCounts, failuresOf, type LockedOut, unlock } from "../auth/login/unlock.ts";
import { type Metrics, metricsText } from "../metrics/metrics.ts";
import type { Audit } from "../model/audit-events.ts";
import type { CachedTag } from "../model/content.ts";
import type { RepositoryName } from "../model/names.ts";
import type { Settings } from "../settings/keys.ts";
import { ActivitySampler } from "./activity.ts";
import { AuditReader } from "./audit-reader.ts";
import { cachedTags } from "./cached-tags.ts";
import { effectiveSettings } from "./effective-settings.ts";
import type { AskedCaller } from "./explanation/callers.ts";
import { type ExplanationOptions, Explanations } from "./explanation/explanations.ts";
import { Live } from "./live.ts";
import { LogLevel } from "./log-level.ts";
import { sharedReadings, type WorkerParts, workerReadings } from "./readings.ts";
import type { RecentDecisions } from "./recent-decisions.ts";
import type { RefusedSyncs } from "./refused-syncs.ts";
import { Sessions } from "./sessions/sessions.ts";
import { type ForemanAccounts, SignIn, type SignInOptions } from "./sessions/sign-in.ts";
import { type StatusOptions, StatusReport } from "./status.ts";

/** Dependencies of administration. */
export interface AdministrationOptions
  extends Omit<StatusOptions, "overview" | "settings">,
    Pick<ExplanationOptions, "freshness" | "decide" | "verdictOn"> {
  readonly overview: StatusOptions["overview"] & ExplanationOptions["overview"];
  readonly settings: Settings;
  readonly lockouts: FailureCounts;
  readonly metrics: Metrics;
  readonly parts: Omit<WorkerParts, "systems" | "feed">;
  /** Tags of a repository in this worker's caches. */
  readonly cachedTags: (repository: RepositoryName) => readonly CachedTag[];
  /** Clears the caches of this worker, or what they hold about one repository. */
  readonly clearCaches: (repository: RepositoryName | undefined) => void;
  readonly refusedSyncs: RefusedSyncs;
  readonly accounts: ForemanAccounts;
  readonly throttle: SignInOptions["throttle"];
  readonly audit: Audit;
  readonly recentDecisions: RecentDecisions;
  readonly log: Logger;
}

/** Answers operators, and the questions of other workers. */
export function openAdministration(options: AdministrationOptions) {
  const { metrics, workers, parts, lockouts } = options;
  const { systems, feed } = options;
  const logLevel = new LogLevel(options.log);
  for (const reading of workerReadings({ ...parts, systems, feed })) metrics.add(reading);
  const sessions = new Sessions(workers);
  const activity = new ActivitySampler(metrics, workers);
  workers.join({
    activity: activity.answer,
    decisions: async ({ since }) => ({
      pid: process.pid,
      decisions: options.recentDecisions.since(since),
    }),
    ...sessions.answers,
    state: async () => ({
      state: {
        pid: process.pid,
        uptime_seconds: Math.floor(process.uptime()),
        requests_in_flight: parts.inFlight(),
        memory_bytes: process.memoryUsage.rss(),
        log_level: logLevel.level,
      },
      refusedSyncs: options.refusedSyncs.recent(),
      // Its getters would be lost on the way to another worker.
      auditLog: { isFailing: parts.auditLog.isFailing, droppedLines: parts.auditLog.droppedLines },
    }),
    metrics: () => metrics.json(),
    "log-level": async ({ level, seconds }) => {
      logLevel.set(level, seconds);
      return true;
    },
    "clear-cache": async ({ repository }) => {
      options.clearCaches(repository);
      return true;
    },
    "cached-tags": async ({ repository }) => options.cachedTags(repository),
  });
  const report = new StatusReport(options);
  const status = () => report.status();
  const live = new Live({ status, activity, workers });
  const explanations = new Explanations(options);
  return {
    /** Text of the metrics of all workers. */
    metrics: async () => metricsText(await workers.ask("metrics", undefined), await sharedReadings(options)),
    status,
    activity,
    auditReader: new AuditReader(options.settings.audit_log, workers),
    effectiveSettings: () => effectiveSettings(options.settings),
    events: async (cookie: string | undefined) => {
      const session = await sessions.find(cookie);
      return live.open(() => session === undefined || sessions.isOpen(session));
    },
    /** Ends what would hold up a shutdown. */
    endEvents: () => live.close(),
    sessions,
    signIn: new SignIn({ ...options, sessions }),
    explain: (caller: AskedCaller, name: RepositoryName) => explanations.explain(caller, name),
    lockouts: {
      failuresOf: (login: string) => failuresOf(lockouts, login),
      unlock: (of: LockedOut) => unlock(lockouts, of),
    },
    workers: {
      setLogLevel: async (level: string, seconds: number | undefined) =>
        (await workers.ask("log-level", { level, seconds })).length,
      clearCaches: async (repository: RepositoryName | undefined) =>
        (await workers.ask("clear-cache", { repository })).length,
      cachedTags: (repository: RepositoryName) => cachedTags(workers, repository),
    },
    close: async (): Promise<void> => {
      logLevel.close();
      activity.close();
    },
  };
}
