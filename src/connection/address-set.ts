/** Sets of addresses and networks. */
import { BlockList, isIP } from "node:net";
import { memoize } from "../resilience/memoize.ts";

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Addresses whose results are cached: a lookup in the list takes longer than the rest of accepting a connection. */
const MAX_CACHED = 1_000;

/** Addresses and networks such as `10.0.0.0/8`. */
export class AddressSet {
  readonly #list = new BlockList();
  readonly #isListed = memoize((address) => this.#list.check(address, familyOf(address)), MAX_CACHED);
  /** True if it has no address. */
  readonly isEmpty: boolean;

  /** @param entries addresses and networks; anything else is skipped */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = "", bits] = entry.split("/");
      if (isIP(address) === 0) continue;
      if (bits === undefined) this.#list.addAddress(address, familyOf(address));
      else this.#list.addSubnet(address, Number(bits), familyOf(address));
    }
    this.isEmpty = this.#list.rules.length === 0;
  }

  /** True if an address is in the set, itself or in one of its networks. */
  includes(address: string): boolean {
    return !this.isEmpty && this.#isListed(address);
  }
}
