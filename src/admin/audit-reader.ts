/** Reads the audit log: the end of its file, or the memory of the workers if it is no file. */
import { open } from "node:fs/promises";
import { foldLogin } from "../model/logins.ts";
import type { AuditedDecision } from "./recent-decisions.ts";
import type { WorkerGroup } from "./workers.ts";

/** Filter of decisions; absent parts select all. */
export interface AuditFilter {
  readonly n?: number | undefined;
  readonly user?: string | undefined;
  readonly repository?: string | undefined;
  readonly decision?: AuditedDecision["decision"] | undefined;
  readonly since?: string | undefined;
}

/** Decisions, the newest first, and where they come from. */
export interface AuditPage {
  readonly source: string;
  readonly decisions: AuditedDecision[];
}

const MAX_READ_BYTES = 16 * 1024 * 1024;
const DEFAULT_DECISIONS_LIMIT = 200;

async function endOfFile(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - MAX_READ_BYTES);
    const bytes = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Fields of a line, of which others than those of a decision are left out. */
const FIELDS = [
  "caller",
  "name",
  "address",
  "operation",
  "repository",
  "reference",
  "subject",
  "why",
  "request_id",
] as const;

const EVENTS = ["login", "pull", "administration", "access"] as const;
const DECISIONS = ["allowed", "refused", "failed"] as const;

/** Parses a line; undefined for one that is cut short or no decision. */
function parse(text: string): AuditedDecision | undefined {
  let line: Readonly<Record<string, unknown>>;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  const event = EVENTS.find((one) => one === line.event);
  const decision = DECISIONS.find((one) => one === line.decision);
  if (event === undefined || decision === undefined || typeof line.time !== "string") return undefined;
  const fields = FIELDS.map((name) => (typeof line[name] === "string" ? { [name]: line[name] } : {}));
  return { time: line.time, event, decision, ...Object.assign({}, ...fields) };
}

function matches(
  { user, repository, decision, since }: AuditFilter,
  { name, time, ...line }: AuditedDecision,
): boolean {
  return (
    (user === undefined ||
      [name, line.subject].some((one = "") => foldLogin(one).includes(foldLogin(user)))) &&
    (repository === undefined || (line.repository ?? "").includes(repository)) &&
    (decision === undefined || line.decision === decision) &&
    (since === undefined || Date.parse(time) >= Date.parse(since))
  );
}

/** Reads the audit log for operators. */
export class AuditReader {
  readonly #target: string;
  readonly #workers: WorkerGroup;

  /** @param target setting `audit_log` */
  constructor(target: string, workers: WorkerGroup) {
    this.#target = target;
    this.#workers = workers;
  }

  async read(filter: AuditFilter): Promise<AuditPage> {
    const fromFile = this.#target.startsWith("/") ? await this.#file() : undefined;
    const all = fromFile ?? (await this.#memory());
    const decisions = all
      .filter((one) => matches(filter, one))
      .slice(-(filter.n ?? DEFAULT_DECISIONS_LIMIT))
      .reverse();
    return { source: fromFile === undefined ? "memory" : this.#target, decisions };
  }

  /** Undefined for a file that can't be read, such as a pipe. */
  async #file(): Promise<AuditedDecision[] | undefined> {
    const text = await endOfFile(this.#target).catch(() => undefined);
    return text?.split("\n").flatMap((line) => parse(line) ?? []);
  }

  async #memory(): Promise<AuditedDecision[]> {
    const answers = await this.#workers.ask("decisions", { since: 0 });
    return answers
      .flatMap(({ decisions }) => decisions.map(({ shown }) => shown))
      .sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
  }
}
