/** A user whose name and password hold what URLs, forms and Basic treat as special. */
import type { DemoKatello } from "../../src/demo/katello.ts";

/** Without blanks, at which rows are split. */
export const SPECIAL = {
  login: "dom\\j\u00f6rg+x@example.org",
  password: "p+a%20s:w\u00f6&=#?'$/\\",
} as const;

/** Lets the user pull `org/private-app`. */
export function addSpecialUser(katello: DemoKatello): void {
  katello.setUser(SPECIAL.login, { password: SPECIAL.password, repositories: ["org/private-app"] });
}
