/** Numbering of texts, so that each is sent only once. */

/** Bound on the texts in memory. After it all are dropped, and a text that comes again gets another number. */
const MAX_CHARS = 8 * 1024 * 1024;

/** Assigns numbers to texts in the order of arrival. */
export class Numbering {
  readonly #numbers = new Map<string, number>();
  readonly #define: (number: number, text: string) => void;
  /** Number of the text at each place. */
  readonly #byPlace: number[] = [];
  #characters = 0;
  #next = 0;
  #last = "";
  #lastNumber = -1;

  /** @param define called with each number before it is first used */
  constructor(define: (number: number, text: string) => void) {
    this.#define = define;
  }

  /**
   * Returns the number of a text.
   * @param place its place in the reader's cache of texts, which saves the lookup by text; -1 if it has none
   */
  at(place: number, text: string): number {
    const known = this.#byPlace[place];
    if (known !== undefined) return known;
    const number = this.of(text);
    if (place >= 0) this.#byPlace[place] = number;
    return number;
  }

  /** Returns the number of a text. Most texts come several times in a row. */
  of(text: string): number {
    if (text === this.#last && this.#lastNumber >= 0) return this.#lastNumber;
    this.#last = text;
    this.#lastNumber = this.#numbers.get(text) ?? this.#add(text);
    return this.#lastNumber;
  }

  #add(text: string): number {
    if (this.#characters > MAX_CHARS) {
      this.#numbers.clear();
      this.#characters = 0;
    }
    const number = this.#next++;
    this.#numbers.set(text, number);
    this.#characters += text.length;
    this.#define(number, text);
    return number;
  }
}
