/** A user whose name and password contain the special characters of URLs, forms and Basic. */
import type { DemoKatello } from "../../src/demo/katello.ts";

/** No blanks, because rows are split at them. */
export const SPECIAL = {
  login: "dom\\j\u00f6rg+x@example.org",
  password: "p+a%20s:w\u00f6&=#?'$/\\",
} as const;

/** Grants the user `org/private-app`. */
export function addSpecialUser(katello: DemoKatello): void {
  katello.setUser(SPECIAL.login, { password: SPECIAL.password, repositories: ["org/private-app"] });
}
