/** Parameters of a query by their names. */

/**
 * The query and its values as PostgreSQL takes them: `$<name>` is the property `name`, each a parameter however often it
 * stands there.
 * @throws TypeError for a name that `values` does not have
 */
export function named(text: string, values: object): [text: string, values: unknown[]] {
  const given = new Map<string, unknown>(Object.entries(values));
  const used = [...new Set(text.match(/\$<\w+>/g))];
  const places = new Map(used.map((mark, index) => [mark, `$${index + 1}`]));
  const taken = used.map((mark) => {
    const name = mark.slice(2, -1);
    if (!given.has(name)) throw new TypeError(`the query has a parameter ${name} without a value`);
    return given.get(name);
  });
  return [text.replace(/\$<\w+>/g, (mark) => places.get(mark) ?? mark), taken];
}
