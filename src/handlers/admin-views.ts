/** Views of the status page beside the state and the lists: samples, decisions, settings, and events. */
import type { Readable } from "node:stream";
import type { AuditFilter, AuditPage } from "../admin/audit-reader.ts";
import type { components } from "../generated/openapi.ts";
import type { Handlers } from "../model/operations.ts";

type Schemas = components["schemas"];

/** Dependencies of the handlers. */
export interface AdminViewOptions {
  readonly activity: { history(): Promise<Schemas["History"]> };
  readonly auditReader: { read(filter: AuditFilter): Promise<AuditPage> };
  readonly effectiveSettings: () => Schemas["EffectiveSetting"][];
  /** Opens a stream of events for the session of a `Cookie` header. */
  readonly events: (cookie: string | undefined) => Promise<Readable>;
}

type AdminViewHandlers = Pick<Handlers, "getHistory" | "getAudit" | "getSettings" | "getEvents">;

const ok = <Body>(body: Body) => ({ status: 200, body }) as const;

/** Creates the handlers. */
export function createAdminViews({
  activity,
  auditReader,
  effectiveSettings,
  events,
}: AdminViewOptions): AdminViewHandlers {
  return {
    getHistory: async () => ok(await activity.history()),
    getAudit: async ({ query }) => ok(await auditReader.read(query)),
    getSettings: async () => ok({ settings: effectiveSettings() }),
    getEvents: async ({ headers }) => ({
      status: 200,
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
      body: await events(headers.cookie),
    }),
  };
}
