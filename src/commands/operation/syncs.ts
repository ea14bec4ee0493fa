/** Runs `container-gateway syncs`. */
import { setTimeout as sleep } from "node:timers/promises";
import type { components } from "../../generated/openapi.ts";
import { UsageError } from "../arguments.ts";
import type { Call } from "../command.ts";
import type { SYNC_OPTIONS } from "../table/operation.ts";
import { columns } from "./columns.ts";
import { bodyOf, gatewayAt } from "./gateway.ts";
import { numberOf } from "./words.ts";

type SyncRecord = components["schemas"]["SyncRecord"];
type SyncKind = components["schemas"]["SyncKind"];

const KINDS = [
  "repositories",
  "users",
  "user_grants",
  "hosts",
  "host_grants",
  "one_host_grants",
] as const satisfies readonly SyncKind[];

const TITLES = ["WHEN", "KIND", "SECONDS", "ENTRIES", "ADDED", "DELETED", "UNKNOWN", "INVALID", "OUTCOME"];

const row = (sync: SyncRecord) => [
  sync.at.slice(0, "2026-11-27T12:00:00".length),
  sync.kind,
  sync.seconds,
  sync.entries,
  sync.inserted,
  sync.deleted,
  sync.unknown,
  sync.invalid,
  sync.outcome,
];

/** Interval between two questions of `--watch`. */
const WATCH_INTERVAL_MS = 1_000;

function kindOf(text: string | undefined): SyncKind | undefined {
  const kind = KINDS.find((one) => one === text);
  if (text === undefined || kind !== undefined) return kind;
  throw new UsageError(`--kind must be ${KINDS.join(", ")}, not ${text}`);
}

const keyOf = ({ at, kind, request_id }: SyncRecord): string => `${at} ${kind} ${request_id}`;

/** Runs the command. With `--watch` it ends with the terminal. */
export async function run({ options, terminal }: Call<typeof SYNC_OPTIONS>): Promise<number> {
  const gateway = gatewayAt(options, terminal.environment);
  const kind = kindOf(options.kind);
  const query = { n: numberOf("limit", options.limit), ...(kind === undefined ? {} : { kind }) };
  const read = async () => (await bodyOf(gateway.getSyncList({ params: { query } }))).syncs;
  const print = (syncs: readonly SyncRecord[]) =>
    terminal.print(options.json ? JSON.stringify({ syncs }, null, 2) : columns(TITLES, syncs.map(row)));
  const first = await read();
  print(first);
  const seen = new Set(first.map(keyOf));
  while (options.watch) {
    await sleep(WATCH_INTERVAL_MS);
    const fresh = (await read()).filter((sync) => !seen.has(keyOf(sync)));
    for (const sync of fresh) seen.add(keyOf(sync));
    if (fresh.length > 0) print(fresh.reverse());
  }
  return 0;
}
