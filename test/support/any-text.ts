/** Arbitrary text for properties. */
import fc from "fast-check";

const FIRST_SURROGATE = 0xd8_00;
const LAST_SURROGATE = 0xdf_ff;
const LAST = 0x10_ff_ff;

/** Any character but a surrogate, often an ASCII one. fast-check's own unit of them takes half a second to build. */
const anyCharacter = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0, max: FIRST_SURROGATE - 1 }),
    fc.integer({ min: LAST_SURROGATE + 1, max: LAST }),
  )
  .map((point) => String.fromCodePoint(point));

/** Text of any characters. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: anyCharacter, maxLength });
