/** What differs between two places without meaning anything, and what it is called instead. */
export type Names = readonly (readonly [string, string])[];

/** A text without names, ids, hashes and times of one place. */
export function normalise(text: string, names: Names): string {
  let plain = text;
  for (const [name, instead] of [...names].sort(([a], [b]) => b.length - a.length)) {
    if (name === '') continue;
    const word = /^\w/.test(name) && /\w$/.test(name);
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    plain = plain.replace(new RegExp(word ? `(?<![\\w-])${escaped}(?![\\w-])` : escaped, 'gi'), instead);
  }
  return plain
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>')
    .replace(/sha256:[0-9a-f]{64}/g, '<digest>')
    .replace(/\b[0-9a-f]{7,64}\b/g, '<hash>')
    .replace(/\b\d{4,}\b/g, '<id>');
}
