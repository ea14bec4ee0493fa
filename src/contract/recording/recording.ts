/** Recordings of requests and replies. */
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { errorText } from "../../model/error-text.ts";
import { StartupError } from "../../model/startup-error.ts";
import type { RecordedExchange } from "./exchange.ts";
import { exchangesOfHar } from "./har.ts";
import { exchangesOfCassette } from "./vcr.ts";

/**
 * Reads a recording: HAR 1.2, or a cassette of VCR in YAML.
 * @throws StartupError that says what is wrong with the file
 */
export function readRecording(file: string): readonly RecordedExchange[] {
  try {
    const document = parseDocument(readFileSync(file, "utf8"));
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value: unknown = document.toJS();
    return exchangesOfHar(value) ?? exchangesOfCassette(value) ?? fail();
  } catch (error) {
    throw new StartupError(`the recording ${file} can't be read: ${errorText(error)}`, { cause: error });
  }
}

function fail(): never {
  throw new Error("it is neither HAR (log.entries) nor a cassette of VCR (http_interactions)");
}
