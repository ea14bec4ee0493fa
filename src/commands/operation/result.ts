/** Prints the result of an action. */
import type { components } from "../../generated/openapi.ts";
import type { Terminal } from "../command.ts";

/** @returns the exit code */
export function printResult(
  result: components["schemas"]["ActionResult"],
  { json }: { readonly json: boolean },
  { print }: Pick<Terminal, "print">,
): number {
  print(json ? JSON.stringify(result, null, 2) : result.text);
  return 0;
}
