/** One flight for the same question: who asks while it is under way waits for its answer. */

interface Flight<Answer> {
  readonly answer: Promise<Answer>;
  readonly abort: AbortController;
  waiting: number;
}

/** What came of a flight. */
export interface Landed<Answer> {
  readonly answer: Answer;
  /** Whether this is the one who started it: what only one can use, such as a stream, is for that one. */
  readonly first: boolean;
}

export class Flights<Answer> {
  readonly #flights = new Map<string, Flight<Answer>>();

  /**
   * Joins the flight of this key, or starts it. It is called off when the last who waits for it has gone.
   * @param key the same for the same question
   * @param gone aborted when this asker goes away; who brings none waits for the end
   */
  async join(
    key: string,
    start: (signal: AbortSignal) => Promise<Answer>,
    gone?: AbortSignal,
  ): Promise<Landed<Answer>> {
    const known = this.#flights.get(key);
    const flight = known ?? this.#start(key, start);
    flight.waiting += 1;
    const leave = () => {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        this.#end(key, flight);
        flight.abort.abort();
      }
    };
    gone?.addEventListener("abort", leave, { once: true });
    try {
      return { answer: await flight.answer, first: known === undefined };
    } finally {
      gone?.removeEventListener("abort", leave);
    }
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<Answer>): Flight<Answer> {
    const abort = new AbortController();
    const flight = { answer: start(abort.signal), abort, waiting: 0 };
    this.#flights.set(key, flight);
    const end = () => this.#end(key, flight);
    flight.answer.then(end, end);
    return flight;
  }

  #end(key: string, flight: Flight<Answer>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
