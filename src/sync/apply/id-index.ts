/** Ids of the database in order, and the place of each: a place is a small number, by which arrays can be indexed. */
import { setImmediate } from "node:timers/promises";

/** Multiple of the number of ids that the table of places has at least, so that a search ends soon. */
const SLOTS_PER_ID = 2;
const MIN_SLOTS = 16;
/** Ids that are read without a pause for other work. */
const MAX_IDS_AT_ONCE = 8_192;

const hashOf = (id: number): number => {
  const hash = Math.imul(id, 0x9e3779b1);
  return hash ^ (hash >>> 15);
};

/** Calls `visit` for the indexes of a list, with pauses for other work. */
async function forEachIndex(length: number, visit: (index: number) => void): Promise<void> {
  for (let from = 0; from < length; from += MAX_IDS_AT_ONCE) {
    const end = Math.min(length, from + MAX_IDS_AT_ONCE);
    for (let index = from; index < end; index += 1) visit(index);
    await setImmediate();
  }
}

/** An ordered set of positive ids. */
export class IdIndex {
  /** The ids in ascending order. */
  readonly ids: Int32Array;
  /** Place of an id, plus 1, by its hash, with open addressing; 0 for a free slot. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param ids in ascending order, each once */
  private constructor(ids: Int32Array) {
    this.ids = ids;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(MIN_SLOTS, SLOTS_PER_ID * ids.length)));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** Makes the index of the positive numbers of a list. */
  static async of(list: Int32Array): Promise<IdIndex> {
    const ids = new Set<number>();
    await forEachIndex(list.length, (at) => {
      const id = list[at] ?? 0;
      if (id > 0) ids.add(id);
    });
    const index = new IdIndex(Int32Array.from(ids).sort());
    await forEachIndex(index.size, (place) => index.#insert(place));
    return index;
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

  /** Returns the places of a list of ids; -1 for those that are not in the set. */
  async placesOf(list: Int32Array): Promise<Int32Array> {
    const places = new Int32Array(list.length);
    await forEachIndex(list.length, (at) => {
      places[at] = this.placeOf(list[at] ?? 0);
    });
    return places;
  }

  #insert(place: number): void {
    let slot = hashOf(this.ids[place] ?? 0) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = place + 1;
  }
}
