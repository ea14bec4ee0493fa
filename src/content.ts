/** Asking for content, in words that both sides of the question share. */
import type { Readable } from "node:stream";
import type { RepositoryName } from "./names.ts";

/** A caller's question, with the headers of it that may go up. */
export interface ContentQuestion {
  readonly method: "GET" | "HEAD";
  readonly name: RepositoryName;
  readonly headers: ContentHeaders;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** Headers that may pass from one side to the other. */
export type ContentHeaders = Readonly<Record<string, string>>;

/** The answer where there is content: itself, word that it is unchanged, or where it is. Everything else is thrown. */
export type ContentAnswer =
  | {
      readonly kind: "content";
      readonly status: number;
      readonly headers: ContentHeaders;
      readonly body: Readable;
    }
  | { readonly kind: "unchanged"; readonly headers: ContentHeaders }
  | {
      readonly kind: "redirect";
      readonly status: number;
      readonly headers: ContentHeaders;
      readonly location: string;
    };
