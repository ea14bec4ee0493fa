/** Versions of the packages of the tests. */

/** Version of the packages of this tree, which is newer than any that it is upgraded from. */
export const NEXT_VERSION = "99.0.0";
