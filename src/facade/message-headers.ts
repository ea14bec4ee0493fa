/** Header fields of messages that the façade passes on. */

/** Header fields by name, in the order and the spelling of the message. */
export type Fields = Record<string, string | string[]>;

/** Fields of one connection (RFC 9110 section 7.6.1), which must not be passed on. */
const HOP_BY_HOP = new Set(
  "connection keep-alive proxy-connection te trailer transfer-encoding upgrade".split(" "),
);

/**
 * True for a field that a reverse proxy adds. The Smart Proxy makes URLs of them, for hosts that register and for tasks, and
 * it does not reply to `Expect`.
 */
const isAddedByProxies = (name: string): boolean =>
  name === "forwarded" || name === "via" || name === "expect" || name.startsWith("x-forwarded-");

/** Pairs of a list of names and values in turn. */
function* pairsOf(raw: readonly string[]): Generator<[name: string, value: string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] ?? "", raw[index + 1] ?? ""];
}

/** Names that the `Connection` field lists, in lower case. */
function connectionNames(raw: readonly string[]): Set<string> {
  const values = [...pairsOf(raw)].filter(([name]) => name.toLowerCase() === "connection");
  return new Set(values.flatMap(([, value]) => value.toLowerCase().split(",")).map((name) => name.trim()));
}

function fieldsOf(raw: readonly string[], isOmitted: (name: string) => boolean): Fields {
  const spelling = new Map<string, string>();
  const fields: Fields = {};
  for (const [name, value] of pairsOf(raw)) {
    const lower = name.toLowerCase();
    if (isOmitted(lower)) continue;
    const first = spelling.get(lower) ?? name;
    spelling.set(lower, first);
    const earlier = fields[first];
    fields[first] = earlier === undefined ? value : [earlier, value].flat();
  }
  return fields;
}

/** Fields of a request to pass on. `Host` stays as it is: the Smart Proxy makes URLs of it. */
export function requestFields(raw: readonly string[]): Fields {
  const named = connectionNames(raw);
  return fieldsOf(raw, (name) => HOP_BY_HOP.has(name) || isAddedByProxies(name) || named.has(name));
}

/** Fields of a reply to pass on. */
export function replyFields(raw: readonly string[]): Fields {
  const named = connectionNames(raw);
  return fieldsOf(raw, (name) => HOP_BY_HOP.has(name) || named.has(name));
}

/** Lines of a request's head for a connection of its own, with the fields of the connection as they were sent. */
export function headOf(requestLine: string, raw: readonly string[]): string {
  const lines = [...pairsOf(raw)]
    .filter(([name]) => !isAddedByProxies(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${value}`);
  return `${[requestLine, ...lines].join("\r\n")}\r\n\r\n`;
}

/** Replaces a field, or adds it. */
export function withField(fields: Fields, name: string, value: string): Fields {
  const found = Object.keys(fields).find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
  return { ...fields, [found]: value };
}
