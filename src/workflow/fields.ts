import type { Template } from '../expression/template.ts';
import { entryOf, literalText } from '../expression/template.ts';

/** Copies the entries of a mapping that are there, under the names of the model: `{ runsOn: 'runs-on' }`. */
export function fields<Name extends string>(
  template: Template | undefined,
  names: Readonly<Record<Name, string>>,
): Partial<Record<Name, Template>> {
  const found: Partial<Record<Name, Template>> = {};
  for (const name in names) {
    const value = entryOf(template, names[name]);
    if (value !== undefined && !isNull(value)) found[name] = value;
  }
  return found;
}

export function isNull(template: Template): boolean {
  return template.kind === 'literal' && template.value === null;
}

/** The literal text of an entry. */
export function textOf(template: Template | undefined, key: string): string | undefined {
  return literalText(entryOf(template, key));
}

/** A text, or a list of texts. */
export function texts(template: Template | undefined): readonly string[] | undefined {
  if (template === undefined || isNull(template)) return undefined;
  if (template.kind === 'sequence') return template.items.flatMap((item) => literalText(item) ?? []);
  const text = literalText(template);
  return text === undefined ? undefined : [text];
}

/** Literal keys of a mapping with their values, in order. */
export function literalEntries(template: Template | undefined): readonly (readonly [string, Template])[] {
  if (template?.kind !== 'mapping') return [];
  return template.entries.flatMap(({ key, value }) => {
    const name = key === 'insert' ? undefined : literalText(key);
    return name === undefined ? [] : [[name, value] as const];
  });
}
