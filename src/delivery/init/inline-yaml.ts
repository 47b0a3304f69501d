export type Inline = string | readonly string[] | { readonly [key: string]: Inline };

/** A value on one line of YAML; quoted where YAML 1.1 or 1.2 would read something else than the text. */
export function inlineYaml(value: Inline): string {
  if (typeof value === 'string') return plain.test(value) && !words.test(value) ? value : JSON.stringify(value);
  if (isList(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${inlineYaml(key)}: ${inlineYaml(inner)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

const plain = /^[A-Za-z_./][A-Za-z0-9_./@+-]*(?:[ ][A-Za-z0-9_./@+-]+)*$/;
const words = /^(?:true|false|yes|no|on|off|y|n|null|~|\.nan|[-+]?\.inf)$/i;

function isList(value: Inline): value is readonly string[] {
  return Array.isArray(value);
}
