/** `npm run docs`: builds the manual, a static site of all pages with a search and the API, into build/docs. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildManual } from "./manual/site.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const { target } = parseArgs({
  options: { target: { type: "string", default: join(ROOT, "build", "docs") } },
}).values;

const { pages, bytes } = buildManual(ROOT, target);
process.stdout.write(`${target}: ${pages} pages, ${Math.ceil(bytes / 1024)} KiB\n`);
