/** Runs `container-gateway status`. */
import type { components } from "../../generated/openapi.ts";
import type { Call } from "../command.ts";
import type { ADMIN_OPTIONS } from "../table/operation.ts";
import { age, columns, duration, pair, pairs } from "./columns.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";

type Status = components["schemas"]["Status"];

const EXIT = { ok: 0, degraded: 2 } as const;
const BYTES_PER_MIB = 1024 * 1024;

function textOf(status: Status): string {
  const { problems, counts, upstreams, syncs, certificates, workers } = status;
  const parts = [
    pairs([
      ["Gateway", `${status.status}, version ${status.version}, started ${age(status.started_at)}`],
      ["PostgreSQL", `${status.database}, change feed ${status.change_feed}`],
      ...upstreams.map(({ name, state, breaker }) => pair(name, `${state}, circuit breaker ${breaker}`)),
    ]),
    problems.length === 0
      ? "Nothing is wrong."
      : `Problems:\n${problems.map(({ text, advice }) => `  ${text}\n    ${advice}`).join("\n")}`,
    syncs.length === 0
      ? "No sync has come."
      : columns(
          ["LAST SYNC", "WHEN", "OUTCOME", "ENTRIES", "ADDED", "DELETED"],
          syncs.map((sync) => [
            sync.kind,
            age(sync.at),
            sync.outcome,
            sync.entries,
            sync.inserted,
            sync.deleted,
          ]),
        ),
    columns(
      ["WORKER", "UP", "IN FLIGHT", "MEMORY (MIB)", "LOG LEVEL"],
      workers.map((worker) => [
        worker.pid,
        duration(worker.uptime_seconds),
        worker.requests_in_flight,
        Math.round(worker.memory_bytes / BYTES_PER_MIB),
        worker.log_level,
      ]),
    ),
    columns(
      ["CERTIFICATE", "DAYS LEFT", "SUBJECT"],
      certificates.map(({ setting, days_left, subject }) => [setting, days_left, subject]),
    ),
  ];
  if (counts !== undefined)
    parts.push(pairs(Object.entries(counts).map(([name, count]) => [name.replaceAll("_", " "), count])));
  return parts.join("\n\n");
}

/** Runs the command. */
export async function run({ options, terminal }: Call<typeof ADMIN_OPTIONS>): Promise<number> {
  const status = await bodyOf(gatewayAt(options, terminal.environment).getStatus());
  terminal.print(options.json ? JSON.stringify(status, null, 2) : textOf(status));
  return status.status === "ok" ? EXIT.ok : EXIT.degraded;
}
