/** Questions to the database that come together go together: one statement for many, and one question for the same ones. */

interface Question<Asked, Answer> {
  readonly asked: Asked;
  readonly answer: Promise<Answer>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Statements that are on their way at once. Questions that come meanwhile make the next one. */
const MOST_STATEMENTS = 2;
/** Questions in one statement. */
const MOST_QUESTIONS = 500;

function question<Asked, Answer>(asked: Asked): Question<Asked, Answer> {
  let resolve: (answer: Answer) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const answer = new Promise<Answer>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { asked, answer, resolve, reject };
}

/**
 * A question joins only a statement that has not been sent: an answer is never older than its question.
 */
export class Lookup<Asked, Answer> {
  readonly #find: (asked: readonly Asked[]) => Promise<readonly Answer[]>;
  #waiting = new Map<string, Question<Asked, Answer>>();
  #statements = 0;
  #scheduled = false;

  /** @param find answers all questions with one statement, in their order */
  constructor(find: (asked: readonly Asked[]) => Promise<readonly Answer[]>) {
    this.#find = find;
  }

  /** @param key the same for the same question */
  ask(key: string, asked: Asked): Promise<Answer> {
    const same = this.#waiting.get(key);
    if (same !== undefined) return same.answer;
    const mine = question<Asked, Answer>(asked);
    this.#waiting.set(key, mine);
    this.#schedule();
    return mine.answer;
  }

  /** Statements leave at the end of the turn of the event loop, so that whatever it brings is in them. */
  #schedule(): void {
    if (this.#scheduled || this.#statements >= MOST_STATEMENTS || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    const keys = [...this.#waiting.keys()].slice(0, MOST_QUESTIONS);
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
