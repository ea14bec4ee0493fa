/** Named parameters of queries. */

/**
 * Converts a query with named parameters to positional ones: `$<name>` is the property `name` of `values`, and becomes one
 * parameter even if it is used several times.
 * @throws TypeError if `values` lacks a property
 */
export function named(text: string, values: object): [text: string, values: unknown[]] {
  const given = new Map<string, unknown>(Object.entries(values));
  const used = [...new Set(text.match(/\$<\w+>/g))];
  const positions = new Map(used.map((mark, index) => [mark, `$${index + 1}`]));
  const parameters = used.map((mark) => {
    const name = mark.slice(2, -1);
    if (!given.has(name)) throw new TypeError(`the query has a parameter ${name} without a value`);
    return given.get(name);
  });
  return [text.replace(/\$<\w+>/g, (mark) => positions.get(mark) ?? mark), parameters];
}
