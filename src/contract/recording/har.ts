/** HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): what browsers and recording proxies write. */
import { z } from "zod";
import type { RecordedExchange } from "./exchange.ts";

/** Comment in place of a body that is too long to be recorded. */
export const OMITTED = "omitted: the body is too long";

const Headers = z.array(z.object({ name: z.string(), value: z.string() }));

const Har = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: Headers,
          postData: z.object({ text: z.string().default(""), comment: z.string().optional() }).optional(),
        }),
        response: z.object({
          status: z.number(),
          headers: Headers,
          content: z
            .object({
              text: z.string().default(""),
              encoding: z.string().optional(),
              comment: z.string().optional(),
            })
            .optional(),
        }),
      }),
    ),
  }),
});

const byName = (headers: z.infer<typeof Headers>): Record<string, string> =>
  Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]));

/** Exchanges of a HAR document; undefined if it is none. @throws ZodError for one that breaks the format */
export function exchangesOfHar(document: unknown): readonly RecordedExchange[] | undefined {
  if (typeof document !== "object" || document === null || !("log" in document)) return undefined;
  return Har.parse(document).log.entries.map(({ request, response }) => {
    const { text = "", encoding, comment } = response.content ?? {};
    return {
      method: request.method,
      url: request.url,
      headers: byName(request.headers),
      body: request.postData?.comment === OMITTED ? undefined : (request.postData?.text ?? ""),
      reply:
        response.status === 0
          ? undefined
          : {
              status: response.status,
              headers: byName(response.headers),
              text:
                comment === OMITTED
                  ? undefined
                  : encoding === "base64"
                    ? Buffer.from(text, "base64").toString("utf8")
                    : text,
            },
    };
  });
}
