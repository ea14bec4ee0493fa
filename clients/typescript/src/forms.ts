/** Forms as Katello sends them: rest-client's encoding of nested values. */

/** A value in a form. */
export type FormValue =
  | string
  | number
  | boolean
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

/** Encodes text as Ruby does: `*-._` are kept, a space is `+`, all else is percent-encoded UTF-8. */
const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(/%20|[!'()~]/g, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const isList = (value: FormValue): value is readonly FormValue[] => Array.isArray(value);

function* pairs(key: string, value: FormValue): Generator<string> {
  if (typeof value !== "object") {
    yield `${key}=${encodeText(String(value))}`;
    return;
  }
  const members: readonly (readonly [string, FormValue])[] = isList(value)
    ? value.map((item) => ["", item] as const)
    : Object.entries(value).map(([name, member]) => [encodeText(name), member] as const);
  if (members.length === 0) yield key;
  for (const [name, member] of members) yield* pairs(`${key}[${name}]`, member);
}

/** Encodes a body of Katello's as a form. An empty list is a key without a value. */
export const encodeForm = (body: { readonly [name: string]: FormValue }): string =>
  Object.entries(body)
    .flatMap(([name, value]) => [...pairs(encodeText(name), value)])
    .join("&");

/**
 * Options that send the body of a call as a form, as Katello does; without them it is JSON.
 * @example
 * await gateway.putRepositories({ body: { repositories: [] }, ...asForm });
 */
export const asForm = {
  bodySerializer: (body: unknown): string => encodeForm(body as { readonly [name: string]: FormValue }),
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
};
