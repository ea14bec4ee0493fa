/** Case folding of ASCII letters. */

/**
 * Converts the ASCII letters of a name to lower case. Unicode's rules would map other letters to ASCII ones, such as the
 * Kelvin sign (U+212A) to k.
 */
export const foldAscii = (name: string): string =>
  name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
