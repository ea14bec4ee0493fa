/** Reads `multipart/byteranges` bodies, strictly by RFC 9110 section 14.6. */

/** A part as it was sent. */
export interface SentPart {
  readonly type: string;
  readonly range: string;
  readonly body: Buffer;
}

/** @throws Error for a malformed body */
export function readMultipart(contentType: string, body: Buffer): SentPart[] {
  const [, boundary] = /^multipart\/byteranges; boundary=([0-9A-Za-z]{1,70})$/.exec(contentType) ?? [];
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
  const parts: SentPart[] = [];
  let at = 0;
  const take = (text: string): boolean => {
    const found = body.subarray(at, at + text.length).toString("latin1") === text;
    if (found) at += text.length;
    return found;
  };
  while (take(`${parts.length === 0 ? "" : "\r\n"}--${boundary}\r\n`)) {
    const end = body.indexOf("\r\n\r\n", at);
    const head = body.subarray(at, end).toString("latin1");
    const [, type = "", first, last, length] =
      /^Content-Type: (\S+)\r\nContent-Range: bytes (\d+)-(\d+)\/(\d+)$/.exec(head) ?? [];
    if (length === undefined) throw new Error(`a part begins with ${head}`);
    at = end + 4;
    const size = Number(last) - Number(first) + 1;
    parts.push({ type, range: `${first}-${last}/${length}`, body: body.subarray(at, at + size) });
    at += size;
  }
  if (!take(`\r\n--${boundary}--\r\n`) || at !== body.length)
    throw new Error("the body does not end as it must");
  return parts;
}
