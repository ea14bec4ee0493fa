/**
 * Memory that can be believed: it forgets what changes, is set aside while changes are not heard, and takes nothing that
 * was read before a change.
 */
import type { Change, ChangeKind } from "../database/change-feed/change.ts";
import type { Feed } from "../database/change-feed/change-feed.ts";
import { isUnreachable } from "../database/errors.ts";
import type { Memory } from "./lru-cache.ts";

/** What was known when a question was asked. */
export type Ticket = number;

/** What a memory is kept right by. */
export interface VouchedOptions<Value> {
  readonly changes: Feed;
  readonly memory: Memory<Value>;
  /**
   * The kinds of change that concern it, each with the way from a key of that kind to the key in the memory: undefined
   * where any of them may be meant.
   */
  readonly concerns: Partial<Record<ChangeKind, (key: string) => string | undefined>>;
}

/** What may be remembered only while the feed hears, or for its grace. */
export class Vouched<Value> {
  readonly #changes: Feed;
  readonly #memory: Memory<Value>;
  readonly #concerns: VouchedOptions<Value>["concerns"];
  /** Counts what may have made an answer old that is still on its way. */
  #version = 0;

  constructor({ changes, memory, concerns }: VouchedOptions<Value>) {
    this.#changes = changes;
    this.#memory = memory;
    this.#concerns = concerns;
    changes.listen({
      changed: (change) => this.#forget(change),
      deaf: () => {
        this.#version += 1;
      },
      hearing: () => this.#forgetAll(),
    });
  }

  /** What is remembered: nothing while changes are not heard. */
  get(key: string): Value | undefined {
    return this.#changes.hearing ? this.#memory.get(key) : undefined;
  }

  /** What was remembered when changes ceased to be heard, for as long as that may be believed. */
  recall(key: string): Value | undefined {
    return this.#changes.inGrace ? this.#memory.get(key) : undefined;
  }

  /** To be taken before a question goes to the database. */
  ticket(): Ticket {
    return this.#version;
  }

  /** Whether nothing changed since, so that the answer to a question of that time may be remembered. */
  fresh(ticket: Ticket): boolean {
    return (this.#changes.hearing || this.#changes.inGrace) && ticket === this.#version;
  }

  /** Forgets what the database has just denied. */
  drop(key: string): void {
    this.#memory.delete(key);
  }

  /** Remembers an answer, unless something changed since its question was asked. */
  put(ticket: Ticket, key: string, value: Value, bytes: number): void {
    if (this.fresh(ticket)) this.#memory.put(key, value, bytes);
  }

  #forget({ kind, keys }: Change): void {
    const concern = this.#concerns[kind];
    if (concern === undefined) return;
    this.#version += 1;
    for (const key of keys?.map(concern) ?? [undefined]) {
      if (key === undefined) this.#memory.clear();
      else this.#memory.delete(key);
    }
  }

  #forgetAll(): void {
    this.#version += 1;
    this.#memory.clear();
  }
}

/**
 * The database's answer; where it can't be asked at all, what can be recalled in its place.
 * @param recall gives undefined where nothing can
 * @throws what the question was rejected with
 */
export async function orRecalled<Answer>(
  answer: Promise<Answer>,
  recall: () => Answer | undefined,
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    const recalled = isUnreachable(error) ? recall() : undefined;
    if (recalled === undefined) throw error;
    return recalled;
  }
}
