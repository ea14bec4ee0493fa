/** Ids of the database in order, and the place of each: a place is a small number, by which arrays can be indexed. */

/** Multiple of the number of ids that the table of places has at least, so that a search ends soon. */
const SLOTS_PER_ID = 2;
const MIN_SLOTS = 16;

const hashOf = (id: number): number => {
  const hash = Math.imul(id, 0x9e3779b1);
  return hash ^ (hash >>> 15);
};

/** An ordered set of positive ids. */
export class IdIndex {
  /** The ids in ascending order. */
  readonly ids: Int32Array;
  /** Place of an id, plus 1, by its hash, with open addressing; 0 for a free slot. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param ids positive ids, also repeated; others are left out */
  constructor(ids: Iterable<number>) {
    this.ids = Int32Array.from(new Set(ids))
      .filter((id) => id > 0)
      .sort();
    const slots = 2 ** Math.ceil(Math.log2(Math.max(MIN_SLOTS, SLOTS_PER_ID * this.ids.length)));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    for (const [place, id] of this.ids.entries()) {
      let slot = hashOf(id) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = place + 1;
    }
  }

  /** Number of ids. */
  get size(): number {
    return this.ids.length;
  }

  /** Returns the place of an id; -1 if it is not in the set. */
  placeOf(id: number): number {
    for (let slot = hashOf(id) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = (this.#slots[slot] ?? 0) - 1;
      if (place < 0 || this.ids[place] === id) return place;
    }
  }
}
