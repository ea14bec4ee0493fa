/** Headers that a request must not repeat: Node.js uses the first of several, a reverse proxy may have used the last. */
import type { IncomingMessage } from "node:http";

/**
 * Counts the lines of one header in a request.
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
