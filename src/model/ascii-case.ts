/** Names without regard to the case of their ASCII letters. */

/**
 * The name with its ASCII letters in lower case, and all other letters as they are. Unicode's rules would take other letters
 * for ASCII ones: the Kelvin sign (U+212A) for k.
 */
export const foldAscii = (name: string): string =>
  name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
