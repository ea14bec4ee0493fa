/** Questions to the database that come together go together: one statement for many, and one query for the same ones. */

interface Query<Asked, Result> {
  readonly asked: Asked;
  readonly answer: Promise<Result>;
  readonly resolve: (answer: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements that are on their way at once. Questions that come meanwhile make the next one. */
const MAX_STATEMENTS = 2;
/** Questions in one statement. */
const MAX_BATCH = 500;

function query<Asked, Result>(asked: Asked): Query<Asked, Result> {
  let resolve: (answer: Result) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const answer = new Promise<Result>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { asked, answer, resolve, reject };
}

/**
 * A query joins only a statement that has not been sent: an answer is never older than its query.
 */
export class BatchedLookup<Asked, Result> {
  readonly #find: (asked: readonly Asked[]) => Promise<readonly Result[]>;
  #waiting = new Map<string, Query<Asked, Result>>();
  #statements = 0;
  #scheduled = false;

  /** @param find answers all questions with one statement, in their order */
  constructor(find: (asked: readonly Asked[]) => Promise<readonly Result[]>) {
    this.#find = find;
  }

  /** @param key the same for the same query */
  ask(key: string, asked: Asked): Promise<Result> {
    const same = this.#waiting.get(key);
    if (same !== undefined) return same.answer;
    const mine = query<Asked, Result>(asked);
    this.#waiting.set(key, mine);
    this.#schedule();
    return mine.answer;
  }

  /** Statements leave at the end of the turn of the event loop, so that whatever it brings is in them. */
  #schedule(): void {
    if (this.#scheduled || this.#statements >= MAX_STATEMENTS || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const keys = [...this.#waiting.keys()].slice(0, MAX_BATCH);
    const questions = keys.flatMap((key) => this.#waiting.get(key) ?? []);
    for (const key of keys) this.#waiting.delete(key);
    this.#statements += 1;
    this.#schedule();
    try {
      const answers = await this.#find(questions.map(({ asked }) => asked));
      if (answers.length !== questions.length) throw new Error("the statement left questions unanswered");
      for (const [index, answer] of answers.entries()) questions[index]?.resolve(answer);
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
    this.#statements -= 1;
    this.#schedule();
  }
}
