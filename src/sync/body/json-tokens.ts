/** JSON read as it arrives (RFC 8259): of what is between two chunks, at most one text or number is kept. */
import { Buffer, isUtf8 } from "node:buffer";
import { FormError } from "./body-errors.ts";
import { MAX_TEXT_BYTES } from "./form-text.ts";

/** What a value is that isn't an object or a list. */
export type Scalar = string | number | boolean | null;

/** Takes what is read, in order, each with its place in the body. */
export interface JsonSink {
  open(kind: "object" | "list", place: number): void;
  /** What was opened last is complete. */
  close(place: number): void;
  /** The name of a member; its value comes next. */
  name(text: string, place: number): void;
  scalar(value: Scalar, place: number): void;
}

/** What may come next. */
type Expected = "value" | "value or ]" | "name" | "name or }" | ":" | ", or end" | "nothing";

/** Nothing that is pushed needs more, and nobody may make the reader remember more. */
const MAX_DEPTH = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const endsWord = (byte: number): boolean =>
  isSpace(byte) || byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || byte === COLON;

/** Reads tokens and hands them to a sink. */
export class JsonReader {
  readonly #sink: JsonSink;
  readonly #open: ("object" | "list")[] = [];
  #expected: Expected = "value";
  /** The token that a chunk ended in: a text with its opening quote, or a word. */
  #begun: Buffer[] = [];
  #begunLength = 0;
  #token: "none" | "text" | "word" = "none";
  #escaped = false;

  constructor(sink: JsonSink) {
    this.#sink = sink;
  }

  /**
   * @param base where in the body `bytes` begins
   * @throws FormError where it is not JSON
   */
  read(bytes: Buffer, base: number): void {
    let at = 0;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (this.#token === "text") at = this.#readText(bytes, at, base);
      else if (this.#token === "word") at = this.#readWord(bytes, at, base);
      else if (isSpace(byte)) at += 1;
      else if (byte === QUOTE) at = this.#begin("text", bytes, at, base);
      else if (this.#structure(byte, base + at)) at += 1;
      else at = this.#begin("word", bytes, at, base);
    }
  }

  /** @throws FormError if something is missing at the end of the body, which is at `place` */
  end(place: number): void {
    if (this.#token === "word") this.#endWord(place);
    if (this.#token !== "none" || this.#expected !== "nothing") {
      throw new FormError("the body is not JSON: it ends too early", place);
    }
  }

  #begin(token: "text" | "word", bytes: Buffer, at: number, base: number): number {
    const isName = this.#expected === "name" || this.#expected === "name or }";
    const isValue = this.#expected === "value" || this.#expected === "value or ]";
    if (!isValue && !(isName && token === "text")) throw this.#unexpected(base + at);
    this.#token = token;
    if (token === "word") return at;
    this.#keep(bytes.subarray(at, at + 1), base + at);
    return at + 1;
  }

  #keep(part: Buffer, place: number): void {
    if (part.length === 0) return;
    this.#begun.push(part);
    this.#begunLength += part.length;
    if (this.#begunLength > MAX_TEXT_BYTES)
      throw new FormError(
        `a text is longer than ${MAX_TEXT_BYTES} bytes`,
        place + part.length - this.#begunLength,
      );
  }

  #take(): Buffer {
    const [first, second] = this.#begun;
    const whole = first !== undefined && second === undefined ? first : Buffer.concat(this.#begun);
    this.#begun = [];
    this.#begunLength = 0;
    this.#token = "none";
    return whole;
  }

  /** @returns the place behind what was read */
  #readText(bytes: Buffer, from: number, base: number): number {
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#keep(bytes.subarray(from, at + 1), base + from);
        this.#endText(base + at + 1);
        return at + 1;
      }
    }
    this.#keep(Buffer.from(bytes.subarray(from, at)), base + from);
    return at;
  }

  #readWord(bytes: Buffer, from: number, base: number): number {
    let at = from;
    while (at < bytes.length && !endsWord(bytes[at] ?? 0)) at += 1;
    this.#keep(Buffer.from(bytes.subarray(from, at)), base + from);
    if (at < bytes.length) this.#endWord(base + at);
    return at;
  }

  #endText(end: number): void {
    const bytes = this.#take();
    const place = end - bytes.length;
    if (!isUtf8(bytes)) throw new FormError("the text is not UTF-8", place);
    const text = parsedText(bytes.toString("utf8"), place);
    if (this.#expected === "name" || this.#expected === "name or }") {
      this.#expected = ":";
      this.#sink.name(text, place);
    } else {
      this.#sink.scalar(text, place);
      this.#afterValue();
    }
  }

  #endWord(end: number): void {
    const bytes = this.#take();
    const place = end - bytes.length;
    const word = bytes.toString("latin1");
    if (word !== "true" && word !== "false" && word !== "null" && !NUMBER.test(word)) {
      throw new FormError("the body is not JSON", place);
    }
    const value: Scalar = JSON.parse(word);
    this.#sink.scalar(value, place);
    this.#afterValue();
  }

  /** Reads a byte that stands for itself; false if it doesn't. */
  #structure(byte: number, place: number): boolean {
    const isValue = this.#expected === "value" || this.#expected === "value or ]";
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (!isValue) throw this.#unexpected(place);
      this.#openOne(byte === OPEN_OBJECT ? "object" : "list", place);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.#closeOne(byte === CLOSE_OBJECT ? "object" : "list", place);
    } else if (byte === COMMA && this.#expected === ", or end") {
      this.#expected = this.#open.at(-1) === "object" ? "name" : "value";
    } else if (byte === COLON && this.#expected === ":") {
      this.#expected = "value";
    } else {
      return false;
    }
    return true;
  }

  #openOne(kind: "object" | "list", place: number): void {
    if (this.#open.length === MAX_DEPTH)
      throw new FormError(`the body is nested more than ${MAX_DEPTH} deep`, place);
    this.#open.push(kind);
    this.#expected = kind === "object" ? "name or }" : "value or ]";
    this.#sink.open(kind, place);
  }

  #closeOne(kind: "object" | "list", place: number): void {
    const empty = kind === "object" ? "name or }" : "value or ]";
    if (this.#open.at(-1) !== kind || (this.#expected !== ", or end" && this.#expected !== empty)) {
      throw this.#unexpected(place);
    }
    this.#open.pop();
    this.#sink.close(place);
    this.#afterValue();
  }

  #afterValue(): void {
    this.#expected = this.#open.length === 0 ? "nothing" : ", or end";
  }

  #unexpected(place: number): FormError {
    return new FormError(`the body is not JSON: expected ${this.#expected}`, place);
  }
}

/** @param quoted a text with its quotes */
function parsedText(quoted: string, place: number): string {
  let text: string;
  try {
    text = JSON.parse(quoted);
  } catch {
    throw new FormError("the body is not JSON: a text holds what it may not", place);
  }
  if (/\p{Surrogate}/u.test(text)) throw new FormError("a text holds half a surrogate pair", place);
  return text;
}
