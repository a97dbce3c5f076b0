/** Words of one language, by key: see content/ui. */
export type Words = Readonly<Record<string, string>>;

/**
 * The words of a key with `{name}` replaced by its value. Where `count` is 1 and there is a key
 * that ends in `.one`, that is said. A missing key throws: a page is not to show one.
 */
export function say(
  words: Words,
  key: string,
  values: Record<string, string | number> = {},
): string {
  const one = values['count'] === 1 ? words[`${key}.one`] : undefined;
  const pattern = one ?? words[key];
  if (pattern === undefined) throw new Error(`content/ui has no words for "${key}".`);
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
