/** One flight for the same question: who asks while it is under way waits for its answer. */
import { Interest } from "./cancellation.ts";

interface Flight<Answer> {
  readonly answer: Promise<Answer>;
  /** Of all who wait, together. */
  readonly interest: Interest;
  waiting: number;
}

/** What came of a flight. */
export interface Landed<Answer> {
  readonly answer: Answer;
  /** Whether this is the one who started it: what only one can use, such as a stream, is for that one. */
  readonly first: boolean;
}

/** Questions that are under way, each with all who wait for its answer. */
export class Flights<Answer> {
  readonly #flights = new Map<string, Flight<Answer>>();

  /** How many are under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Whether the flight of this key is under way. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /**
   * Joins the flight of this key, or starts it. It is called off when the last who waits for it has gone.
   * @param key the same for the same question
   * @param interest of this asker; who brings none waits for the end
   */
  async join(
    key: string,
    start: (interest: Interest) => Promise<Answer>,
    interest?: Interest,
  ): Promise<Landed<Answer>> {
    const known = this.#flights.get(key);
    const flight = known ?? this.#start(key, start, interest?.address);
    flight.waiting += 1;
    const leave = () => {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        this.#end(key, flight);
        flight.interest.lose();
      }
    };
    const stay = interest?.onLost(leave);
    try {
      return { answer: await flight.answer, first: known === undefined };
    } finally {
      stay?.();
    }
  }

  #start(
    key: string,
    start: (interest: Interest) => Promise<Answer>,
    address: string | undefined,
  ): Flight<Answer> {
    const interest = new Interest(address);
    const flight = { answer: start(interest), interest, waiting: 0 };
    this.#flights.set(key, flight);
    const end = () => this.#end(key, flight);
    flight.answer.then(end, end);
    return flight;
  }

  #end(key: string, flight: Flight<Answer>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
