/** Cassettes of VCR (https://benoittgt.github.io/vcr/), in which Katello's tests keep their requests. */
import { z } from "zod";
import type { RecordedExchange } from "./exchange.ts";

const Headers = z.record(z.string(), z.union([z.string(), z.array(z.string())])).nullish();

const Body = z.object({ string: z.string().nullish(), base64_string: z.string().nullish() }).nullish();

const Cassette = z.object({
  http_interactions: z.array(
    z.object({
      request: z.object({ method: z.string(), uri: z.string(), headers: Headers, body: Body }),
      response: z.object({ status: z.object({ code: z.number() }), headers: Headers, body: Body }),
    }),
  ),
});

const byName = (headers: z.infer<typeof Headers>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), [value].flat().join(", ")]),
  );

const textOf = (body: z.infer<typeof Body>): string =>
  body?.base64_string == null
    ? (body?.string ?? "")
    : Buffer.from(body.base64_string, "base64").toString("utf8");

/** Exchanges of a cassette; undefined if a document is none. @throws ZodError for one that breaks the format */
export function exchangesOfCassette(document: unknown): readonly RecordedExchange[] | undefined {
  if (typeof document !== "object" || document === null || !("http_interactions" in document))
    return undefined;
  return Cassette.parse(document).http_interactions.map(({ request, response }) => ({
    method: request.method.toUpperCase(),
    url: request.uri,
    headers: byName(request.headers),
    body: textOf(request.body),
    reply: { status: response.status.code, headers: byName(response.headers), text: textOf(response.body) },
  }));
}
