/** Headers that may stand in a request once only. Node.js keeps the first of several, a reverse proxy may have read the last. */
import type { IncomingMessage } from "node:http";

/**
 * How many lines a request has of a header.
 * @param name in lower case
 */
export function headerLines({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">, name: string): number {
  let lines = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const found = rawHeaders[index];
    if (found?.length === name.length && found.toLowerCase() === name) lines += 1;
  }
  return lines;
}
