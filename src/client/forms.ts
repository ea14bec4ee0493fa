/** Forms as Katello sends them: rest-client's encoding of nested values. */

/** A value in a form. Numbers must be integers, because Ruby formats others differently. */
export type FormValue =
  | string
  | number
  | boolean
  | null
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

/** Encodes text as Ruby's `URI.encode_www_form_component`: `*-._` are kept, a space is `+`, all else is percent-encoded UTF-8. */
const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(/%20|[!'()~]/g, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const isList = (value: FormValue): value is readonly FormValue[] => Array.isArray(value);

function writePairs(pairs: string[], key: string, value: FormValue): void {
  if (value === null) {
    pairs.push(key);
  } else if (typeof value !== "object") {
    pairs.push(`${key}=${encodeText(String(value))}`);
  } else {
    const members: [string, FormValue][] = isList(value)
      ? value.map((item) => ["", item])
      : Object.entries(value).map(([name, member]) => [encodeText(name), member]);
    if (members.length === 0) pairs.push(key);
    for (const [name, member] of members) writePairs(pairs, `${key}[${name}]`, member);
  }
}

/**
 * Encodes a form as rest-client 2.1 does (`RestClient::Utils.encode_query_string`): elements of lists as `name[]`, members of
 * objects as `name[member]`, null and empty collections as a key without `=`.
 *
 * @throws URIError for text with half a surrogate pair, which has no UTF-8 form
 */
export function encodeForm(value: { readonly [name: string]: FormValue }): string {
  const pairs: string[] = [];
  for (const [name, member] of Object.entries(value)) writePairs(pairs, encodeText(name), member);
  return pairs.join("&");
}

/**
 * Options that send the body of a call as a form, as Katello does; without them it is JSON.
 * @example
 * await gateway.putRepositories({ body: { repositories: [] }, ...asForm });
 */
export const asForm = {
  bodySerializer: encodeForm,
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
};
