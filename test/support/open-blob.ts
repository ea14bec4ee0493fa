/** Pulls of blobs whose bodies are read later, in part, or not at all. */
import { createGatewayClient } from "../../src/client/index.ts";

/** A reply whose body has not been read. */
export interface OpenBlob {
  readonly status: number;
  /** Reads the rest. @throws Error if it breaks off */
  rest(): Promise<Buffer>;
  /** Reads the next chunk; empty at the end. */
  next(): Promise<Uint8Array>;
  /** Disconnects. */
  close(): void;
}

/** Requests a blob over a connection of its own. */
export async function openBlob(
  url: string,
  path: { readonly name: string; readonly digest: string },
  { token, headers = {} }: { readonly token?: string; readonly headers?: Record<string, string> } = {},
): Promise<OpenBlob> {
  const gateway = createGatewayClient({ url, ...(token === undefined ? {} : { token }) });
  const { response } = await gateway.getBlob({ params: { path }, headers, parseAs: "stream" });
  const reader = response.body?.getReader();
  const next = async () => (await reader?.read())?.value ?? new Uint8Array();
  return {
    status: response.status,
    next,
    rest: async () => {
      const chunks: Uint8Array[] = [];
      for (let chunk = await next(); chunk.length > 0; chunk = await next()) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    close: () => gateway.close(),
  };
}
